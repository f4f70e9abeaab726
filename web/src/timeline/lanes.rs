//! Which vertical lane of its host's column each socket has.

use super::Cast;
use sockets::{CallLine, HostId, Log, Op, SocketId, Value, What};

/// Which lane each socket has. A lane that a closed socket left is used again.
pub struct Lanes {
    hosts: Vec<HostId>,
    /// Each socket with its column and its lane.
    pub sockets: Vec<(SocketId, usize, usize)>,
    /// The most lanes that a column has at one time.
    pub most: Vec<usize>,
}

impl Lanes {
    /// The lanes of a whole Log.
    pub fn of(log: &Log, calls: &[CallLine<'_>], cast: &Cast) -> Lanes {
        let hosts = cast.players.iter().map(|player| player.host).collect();
        let mut lanes = Lanes { hosts, sockets: Vec::new(), most: vec![1; cast.players.len()] };
        let mut busy: Vec<Vec<bool>> = vec![Vec::new(); cast.players.len()];
        let returned = log.records().iter().filter_map(|record| match record.what {
            What::Returned { call, .. } => calls.iter().rfind(|line| line.call.id == call),
            _ => None,
        });
        for line in returned {
            let Some(column) = lanes.column(line) else { continue };
            match (&line.call.op, made(line)) {
                (_, Some(socket)) => {
                    let busy = &mut busy[column];
                    let lane = busy.iter().position(|busy| !busy).unwrap_or(busy.len());
                    busy.resize(busy.len().max(lane + 1), true);
                    busy[lane] = true;
                    lanes.most[column] = lanes.most[column].max(lane + 1);
                    lanes.sockets.push((socket, column, lane));
                }
                (Op::Close { socket }, None) => {
                    if let Some((column, lane)) = lanes.of_socket(*socket) {
                        busy[column][lane] = false;
                    }
                }
                _ => {}
            }
        }
        lanes
    }

    /// The column of a call's host, if it is in the cast.
    pub fn column(&self, line: &CallLine<'_>) -> Option<usize> {
        self.hosts.iter().position(|&host| host == line.call.host)
    }

    /// The column and the lane of a socket.
    pub fn of_socket(&self, socket: SocketId) -> Option<(usize, usize)> {
        self.sockets.iter().find(|(id, ..)| *id == socket).map(|&(_, column, lane)| (column, lane))
    }

    /// The lane of the socket that a call is made on, or makes; of a poll, of the first that it watches.
    pub fn of_call(&self, line: &CallLine<'_>) -> usize {
        let socket = line.call.op.sockets().next().or_else(|| made(line));
        socket.and_then(|socket| self.of_socket(socket)).map_or(0, |(_, lane)| lane)
    }
}

/// The socket that a call made.
pub fn made(line: &CallLine<'_>) -> Option<SocketId> {
    match line.back?.outcome {
        Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) => Some(*socket),
        _ => None,
    }
}
