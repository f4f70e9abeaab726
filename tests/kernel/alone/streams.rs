//! What is played with streams: a name, and calls.

/// Socket 1 listens.
macro_rules! listening {
    ($($line:literal)*) => {
        concat!("socket\nbind 1 @\nlisten 1 8\n", $($line, "\n"),*)
    };
}

/// Socket 2 is connected to socket 3, which socket 1 accepted.
macro_rules! connected {
    ($($line:literal)*) => {
        listening!("socket" "connect 2 @1" "accept 1" $($line)*)
    };
}

pub const ALL: &[(&str, &str)] = &[
    (
        "a fresh stream",
        "socket
        poll 1 POLLIN|POLLOUT|POLLRDHUP|POLLPRI
        poll 1 -
        name 1
        peer 1
        send 1 x
        recv 1 5
        recv 1 5 MSG_OOB
        accept 1
        shutdown 1 SHUT_RD
        shutdown 1 SHUT_WR
        get 1 SO_ERROR
        get 1 TCP_INFO
        close 1
        poll 1 POLLIN
        recv 1 5",
    ),
    (
        "a listening socket",
        listening!(
            "poll 1 POLLIN|POLLOUT"
            "accept 1"
            "send 1 x"
            "recv 1 5"
            "peer 1"
            "connect 1 @1"
            "bind 1 @"
            "get 1 SO_ACCEPTCONN"
            "get 1 TCP_INFO"
            "socket"
            "connect 2 @1"
            "poll 1 POLLIN|POLLOUT 2 POLLIN|POLLOUT"
            "accept 1"
            "poll 1 POLLIN wait=5"
            "shutdown 1 SHUT_RD"
            "poll 1 POLLIN|POLLOUT|POLLRDHUP"
            "accept 1"
            "listen 1 3"
            "poll 1 POLLIN|POLLOUT"
        ),
    ),
    (
        "shutting the sending side of a listening socket",
        listening!("shutdown 1 SHUT_WR" "poll 1 POLLIN|POLLOUT|POLLRDHUP" "socket" "connect 2 @1" "accept 1"),
    ),
    (
        "connect that does not wait",
        listening!(
            "socket"
            "connect 2 @1"
            "poll 2 POLLIN|POLLOUT"
            "get 2 SO_ERROR"
            "connect 2 @1"
            "connect 2 @1"
            "peer 2"
            "listen 2 5"
            "bind 2 @"
        ),
    ),
    (
        "connect where nobody accepts",
        "socket
        bind 1 @
        listen 1 0
        socket
        connect 2 @1
        socket
        connect 3 @1
        connect 3 @1
        poll 3 POLLIN|POLLOUT|POLLRDHUP
        peer 3
        send 3 x
        recv 3 5
        get 3 SO_ERROR
        get 3 TCP_INFO
        listen 3 5
        shutdown 3 SHUT_WR
        poll 3 POLLIN|POLLOUT|POLLRDHUP
        get 3 SO_ERROR
        recv 3 5
        send 3 x",
    ),
    (
        "connect refused, told by SO_ERROR",
        "socket
        bind 1 @
        socket
        connect 2 @1
        poll 2 POLLIN|POLLOUT|POLLRDHUP
        get 2 SO_ERROR
        get 2 SO_ERROR
        poll 2 POLLIN|POLLOUT|POLLRDHUP
        name 2
        peer 2
        recv 2 5
        send 2 x
        shutdown 2 SHUT_WR
        connect 2 @1
        poll 2 POLLOUT",
    ),
    (
        "connect refused, told by a second connect",
        "socket
        bind 1 @
        socket
        connect 2 @1
        connect 2 @1
        poll 2 POLLIN|POLLOUT|POLLRDHUP
        get 2 SO_ERROR
        connect 2 @1
        get 2 SO_ERROR",
    ),
    (
        "connect refused, told by recv",
        "socket
        bind 1 @
        socket
        connect 2 @1
        recv 2 5
        recv 2 5
        send 2 x
        connect 2 @1",
    ),
    (
        "connect refused, told by send",
        "socket
        bind 1 @
        socket
        connect 2 @1
        send 2 x
        send 2 x
        recv 2 5",
    ),
    (
        "data, and the end of it",
        connected!(
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 3 5"
            "send 2 hello"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 3 2 MSG_PEEK"
            "recv 3 2"
            "recv 3 0"
            "recv 3 9 MSG_PEEK"
            "recv 3 9 MSG_WAITALL"
            "recv 3 9"
            "send 2"
            "poll 3 POLLIN"
            "shutdown 2 SHUT_WR"
            "poll 2 POLLIN|POLLOUT|POLLRDHUP 3 POLLIN|POLLOUT|POLLRDHUP"
            "send 2 x"
            "recv 3 9"
            "recv 3 9"
            "send 3 back"
            "recv 2 9"
            "shutdown 2 SHUT_WR"
            "shutdown 3 SHUT_WR"
            "poll 2 POLLIN|POLLOUT|POLLRDHUP 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 2 9"
            "send 2 x"
            "shutdown 3 SHUT_RD"
            "shutdown 2 SHUT_RDWR"
            "peer 2"
            "peer 3"
        ),
    ),
    (
        "the receiving side shut",
        connected!(
            "send 2 before"
            "shutdown 3 SHUT_RD"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 3 20"
            "recv 3 20"
            "send 2 after"
            "poll 3 POLLIN|POLLRDHUP"
            "recv 3 20"
            "send 3 still"
            "recv 2 20"
        ),
    ),
    (
        "a reset",
        connected!(
            "send 2 lost"
            "set 2 SO_LINGER 1,0"
            "close 2"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "poll 3 -"
            "recv 3 20"
            "recv 3 20"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "send 3 x"
            "get 3 SO_ERROR"
            "peer 3"
            "shutdown 3 SHUT_WR"
        ),
    ),
    (
        "a reset, told by SO_ERROR",
        connected!(
            "set 2 SO_LINGER 1,0"
            "close 2"
            "get 3 SO_ERROR"
            "get 3 SO_ERROR"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 3 20"
            "send 3 x"
        ),
    ),
    ("a reset, told by send", connected!("set 2 SO_LINGER 1,0" "close 2" "send 3 x" "send 3 x" "recv 3 5")),
    (
        "closed with data unread",
        connected!(
            "send 3 unread"
            "close 2"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 3 5"
            "recv 3 5"
        ),
    ),
    (
        "sending to who has closed",
        connected!(
            "close 2"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "recv 3 5"
            "send 3 first"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "send 3 second"
            "recv 3 5"
            "get 3 SO_ERROR"
        ),
    ),
    (
        "a full buffer",
        connected!(
            "set 2 SO_SNDBUF 20000"
            "send 2 x20000000"
            "fill 2"
            "poll 2 POLLOUT wait=5"
            "send 2 x1"
            "recv 3 20000000 MSG_PEEK"
            "recv 3 20000000"
            "poll 2 POLLOUT wait=1000"
        ),
    ),
    (
        "a low mark",
        connected!(
            "set 3 SO_RCVLOWAT 4"
            "get 3 SO_RCVLOWAT"
            "send 2 abc"
            "poll 3 POLLIN"
            "recv 3 9 MSG_PEEK"
            "send 2 d"
            "poll 3 POLLIN"
            "recv 3 2"
            "poll 3 POLLIN"
            "shutdown 2 SHUT_WR"
            "poll 3 POLLIN"
        ),
    ),
    (
        "urgent data",
        connected!(
            "recv 3 1 MSG_OOB"
            "send 2 abc MSG_OOB"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 9"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 1 MSG_OOB"
            "recv 3 1 MSG_OOB"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 9"
        ),
    ),
    (
        "several at once",
        connected!(
            "send 2 x"
            "poll 1 POLLIN 2 POLLIN 3 POLLIN 3 POLLOUT 9 POLLIN"
            "poll 1 POLLIN 2 POLLIN wait=5"
            "poll 1 POLLIN 3 POLLIN wait=5"
        ),
    ),
    (
        "a shutdown on the way",
        "socket
        bind 1 @
        socket
        connect 2 @1
        shutdown 2 SHUT_RD
        connect 2 @1
        get 2 SO_ERROR
        connect 2 @1
        listen 2 5
        bind 2 @",
    ),
    (
        "urgent data in the stream",
        connected!(
            "set 3 SO_OOBINLINE 1"
            "send 2 abc MSG_OOB"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 9"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 1 MSG_OOB"
            "recv 3 9"
            "poll 3 POLLIN|POLLPRI"
        ),
    ),
    (
        "urgent data and a low mark",
        connected!(
            "set 3 SO_RCVLOWAT 2"
            "send 2 a MSG_OOB"
            "send 2 b"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 9 MSG_PEEK"
            "send 2 c"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 1"
            "poll 3 POLLIN|POLLPRI"
            "recv 3 9"
        ),
    ),
    (
        "peeking",
        connected!(
            "recv 3 5 MSG_PEEK"
            "send 2 ab"
            "send 2 cd"
            "recv 3 5 MSG_PEEK"
            "recv 3 3 MSG_PEEK"
            "recv 3 3"
            "recv 3 0 MSG_PEEK"
            "recv 3 9 MSG_PEEK MSG_WAITALL"
            "shutdown 2 SHUT_WR"
            "recv 3 9 MSG_PEEK"
            "recv 3 9"
            "recv 3 9 MSG_PEEK"
            "recv 3 0"
        ),
    ),
    (
        "close in every order",
        connected!(
            "close 1"
            "send 2 x"
            "recv 3 5"
            "close 2"
            "recv 3 5"
            "shutdown 3 SHUT_RDWR"
            "shutdown 3 SHUT_RDWR"
            "poll 3 POLLIN|POLLOUT|POLLRDHUP"
            "get 3 TCP_INFO"
            "peer 3"
            "name 3"
            "send 3 x"
            "recv 3 5"
        ),
    ),
    (
        "listening sockets that go while somebody waits",
        listening!(
            "socket"
            "connect 2 @1"
            "close 1"
            "poll 2 POLLIN|POLLOUT|POLLRDHUP"
            "recv 2 5"
            "recv 2 5"
            "socket"
            "connect 3 @1"
            "poll 3 POLLOUT"
            "get 3 SO_ERROR"
        ),
    ),
    (
        "a socket that connects to itself",
        "socket
        bind 1 @
        connect 1 @1
        poll 1 POLLIN|POLLOUT
        peer 1
        send 1 me
        recv 1 9
        shutdown 1 SHUT_WR
        recv 1 9
        poll 1 POLLIN|POLLOUT|POLLRDHUP",
    ),
];
