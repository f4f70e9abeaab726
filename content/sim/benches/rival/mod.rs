//! The same transfer by smoltcp: two interfaces in one process, joined by two queues, no IO.

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Address};
use std::collections::VecDeque;

/// The MTU of the engine's links: 40 octets less are the payload of a segment.
const MTU: usize = 1_500;

/// One end of the link. Buffers go round, so that sending allocates nothing.
struct Port {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
    spare: Vec<Vec<u8>>,
    checksums: bool,
    sent: u64,
}

impl Port {
    fn new(checksums: bool) -> Port {
        Port { incoming: VecDeque::new(), outgoing: VecDeque::new(), spare: Vec::new(), checksums, sent: 0 }
    }
}

struct Receiving<'a>(Vec<u8>, &'a mut Vec<Vec<u8>>);

struct Sending<'a> {
    outgoing: &'a mut VecDeque<Vec<u8>>,
    buffer: Vec<u8>,
    sent: &'a mut u64,
}

impl RxToken for Receiving<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        let taken = take(&self.0);
        self.1.push(self.0);
        taken
    }
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, length: usize, fill: F) -> R {
        self.buffer.resize(length, 0);
        let filled = fill(&mut self.buffer);
        self.outgoing.push_back(self.buffer);
        *self.sent += 1;
        filled
    }
}

impl Device for Port {
    type RxToken<'a> = Receiving<'a>;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Receiving<'_>, Sending<'_>)> {
        let packet = self.incoming.pop_front()?;
        let buffer = self.spare.pop().unwrap_or_default();
        let Port { outgoing, spare, sent, .. } = self;
        Some((Receiving(packet, spare), Sending { outgoing, buffer, sent }))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        let buffer = self.spare.pop().unwrap_or_default();
        Some(Sending { outgoing: &mut self.outgoing, buffer, sent: &mut self.sent })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        if !self.checksums {
            capabilities.checksum = ChecksumCapabilities::ignored();
        }
        capabilities
    }
}

/// Carries so many octets, with buffers of `buffer` octets at both ends. Says how many segments both sent.
///
/// # Errors
/// What smoltcp refuses, or that nothing happens any more.
pub fn transfer(octets: usize, buffer: usize, checksums: bool) -> Result<u64, String> {
    let address = |last| Ipv4Address::new(10, 0, 0, last);
    let mut ports = [Port::new(checksums), Port::new(checksums)];
    let mut interfaces = Vec::new();
    for (port, last) in ports.iter_mut().zip(1..) {
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), port, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(IpAddress::Ipv4(address(last)), 24)).expect("there is room for one");
        });
        interfaces.push(interface);
    }
    let socket = || {
        let mut socket = Socket::new(SocketBuffer::new(vec![0; buffer]), SocketBuffer::new(vec![0; buffer]));
        socket.set_ack_delay(None);
        socket
    };
    let mut sets = [SocketSet::new(Vec::new()), SocketSet::new(Vec::new())];
    let [client, server] = [sets[0].add(socket()), sets[1].add(socket())];
    sets[1].get_mut::<Socket<'_>>(server).listen(5_000).map_err(|error| format!("{error:?}"))?;
    sets[0]
        .get_mut::<Socket<'_>>(client)
        .connect(interfaces[0].context(), (address(2), 5_000), 49_152)
        .map_err(|error| format!("{error:?}"))?;
    let data = vec![7; 1 << 16];
    let mut read = vec![0; 1 << 16];
    let (mut given, mut received, mut idle, mut now) = (0, 0, 0, 0);
    while received < octets {
        let before = (given, received, ports[0].sent + ports[1].sent);
        let sender = sets[0].get_mut::<Socket<'_>>(client);
        while sender.can_send() && given < octets {
            let most = data.len().min(octets - given);
            given += sender.send_slice(&data[..most]).map_err(|error| format!("{error:?}"))?;
        }
        for place in 0..2 {
            interfaces[place].poll(Instant::from_micros(now), &mut ports[place], &mut sets[place]);
            let packets = core::mem::take(&mut ports[place].outgoing);
            let empty = core::mem::replace(&mut ports[1 - place].incoming, packets);
            ports[place].outgoing = empty;
            // What one end has read serves the other to write.
            let spare = core::mem::take(&mut ports[place].spare);
            ports[1 - place].spare.extend(spare);
        }
        let receiver = sets[1].get_mut::<Socket<'_>>(server);
        while receiver.can_recv() {
            received += receiver.recv_slice(&mut read).map_err(|error| format!("{error:?}"))?;
        }
        now += 100;
        let moved = before != (given, received, ports[0].sent + ports[1].sent);
        idle = if moved { 0 } else { idle + 1 };
        if idle > 100_000 {
            return Err(format!("it stopped after {received} octets"));
        }
    }
    Ok(ports[0].sent + ports[1].sent)
}
