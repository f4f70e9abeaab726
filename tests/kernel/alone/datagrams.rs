//! What is played with datagrams, and who may have which port.

pub const ALL: &[(&str, &str)] = &[
    (
        "datagrams",
        "socket udp
        poll 1 POLLIN|POLLOUT|POLLRDHUP
        name 1
        peer 1
        send 1 x
        recv 1 5
        listen 1 5
        accept 1
        bind 1 @
        socket udp
        sendto 2 @1 question
        poll 1 POLLIN|POLLOUT
        recvfrom 1 3 MSG_PEEK
        recvfrom 1 3
        recvfrom 1 3
        sendto 2 @1
        poll 1 POLLIN
        recvfrom 1 9
        sendto 2 @1 one
        sendto 2 @1 two
        recv 1 2
        recvfrom 1 0
        sendto 2 @1 x70000
        sendto 2 127.0.0.1:0 x
        connect 2 @1
        peer 2
        send 2 by-send
        recvfrom 1 20 MSG_WAITALL
        sendto 2 @1 anyway
        recvfrom 1 20
        shutdown 1 SHUT_RD
        poll 1 POLLIN|POLLOUT|POLLRDHUP
        shutdown 2 SHUT_WR
        send 2 x
        poll 2 POLLIN|POLLOUT|POLLRDHUP
        shutdown 2 SHUT_RDWR
        poll 2 POLLIN|POLLOUT|POLLRDHUP
        recv 2 5",
    ),
    (
        "datagrams to nobody",
        "socket udp
        bind 1 @
        socket udp
        connect 2 @1
        close 1
        send 2 x
        poll 2 POLLIN|POLLOUT
        recv 2 5
        recv 2 5
        send 2 x
        get 2 SO_ERROR
        send 2 x
        send 2 x
        send 2 x
        socket udp
        sendto 3 @1 x
        poll 3 POLLIN|POLLOUT
        recv 3 5",
    ),
    (
        "ports that datagram sockets share",
        "socket udp
        bind 1 @
        socket udp
        bind 2 @1
        set 2 SO_REUSEADDR 1
        bind 2 @1
        set 1 SO_REUSEADDR 1
        bind 2 @1
        socket udp
        sendto 3 @1 newest
        recv 2 9
        recv 1 9
        socket udp
        set 4 SO_REUSEPORT 1
        bind 4 @1",
    ),
    (
        "ports that streams share",
        "socket
        bind 1 @
        socket
        set 2 SO_REUSEADDR 1
        bind 2 @1
        set 1 SO_REUSEADDR 1
        bind 2 @1
        listen 1 5
        listen 2 5
        socket
        set 3 SO_REUSEPORT 1
        bind 3 @1
        socket
        set 4 SO_REUSEPORT 1
        bind 4 @
        socket
        bind 5 @4
        set 5 SO_REUSEPORT 1
        bind 5 @4
        listen 4 5
        listen 5 5
        bind 5 @
        get 5 SO_REUSEPORT",
    ),
    (
        "where one may bind",
        "socket
        bind 1 203.0.113.7:0
        bind 1 224.0.0.1:0
        bind 1 @
        bind 1 @
        socket
        bind 2 @1
        bind 2 *:1
        socket
        connect 3 0.0.0.0:1
        poll 3 POLLOUT
        get 3 SO_ERROR
        socket
        listen 4 -1
        listen 4 5
        socket
        connect 5 255.255.255.255:9
        connect 5 224.0.0.1:9",
    ),
    (
        "datagrams that have been connected",
        "socket udp
        bind 1 @
        socket udp
        bind 2 @
        connect 2 @1
        connect 1 @2
        sendto 2 @1 a
        send 1 b
        recvfrom 2 9
        recv 1 9
        socket udp
        sendto 3 @1 stranger
        recv 1 9
        connect 2 @2
        peer 2
        send 2 self
        recv 2 9
        poll 2 POLLIN|POLLOUT",
    ),
    (
        "a datagram socket's own shutdown",
        "socket udp
        shutdown 1 SHUT_RD
        poll 1 POLLIN|POLLOUT|POLLRDHUP
        bind 1 @
        socket udp
        sendto 2 @1 after
        poll 1 POLLIN
        recv 1 9
        recv 1 9
        shutdown 2 SHUT_WR
        sendto 2 @1 x",
    ),
];
