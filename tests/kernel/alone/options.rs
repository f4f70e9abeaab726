//! What is played with options.

pub const ALL: &[(&str, &str)] = &[
    (
        "IPv6, and IPv4 in its clothes",
        "socket v6
        get 1 IPV6_V6ONLY
        bind 1 *
        set 1 IPV6_V6ONLY 1
        listen 1 5
        socket
        bind 2 *:1
        connect 2 127.0.0.1:1
        socket udp v6
        sendto 3 [::ffff:127.0.0.1]:9 x
        connect 3 [::1]:9
        get 3 IPV6_UNICAST_HOPS
        set 3 IPV6_UNICAST_HOPS 300
        set 3 IPV6_TCLASS 7
        get 3 IPV6_TCLASS
        set 2 IPV6_TCLASS 7
        get 2 IPV6_TCLASS",
    ),
    (
        "options of a stream",
        "socket
        get 1 SO_DOMAIN
        get 1 SO_PROTOCOL
        get 1 SO_TYPE
        get 1 SO_SNDLOWAT
        set 1 SO_SNDLOWAT 5
        set 1 SO_DOMAIN 2
        get 1 SO_BROADCAST
        set 1 SO_BROADCAST 7
        get 1 SO_BROADCAST
        set 1 SO_DONTROUTE 1
        get 1 SO_DONTROUTE
        set 1 SO_DONTROUTE 0
        get 1 SO_PRIORITY
        set 1 SO_PRIORITY 6
        get 1 SO_PRIORITY
        set 1 IP_TOS 16
        get 1 IP_TOS
        get 1 SO_PRIORITY
        set 1 IP_TTL 0
        set 1 IP_TTL 256
        set 1 IP_TTL 7
        get 1 IP_TTL
        set 1 SO_KEEPALIVE 5
        get 1 SO_KEEPALIVE
        get 1 TCP_KEEPIDLE
        set 1 TCP_KEEPIDLE 0
        set 1 TCP_KEEPCNT 128
        set 1 TCP_NODELAY 2
        get 1 TCP_NODELAY
        set 1 SO_LINGER 1,7
        get 1 SO_LINGER
        set 1 SO_RCVLOWAT 0
        get 1 SO_RCVLOWAT
        set 1 TCP_CONGESTION nosuch
        set 1 TCP_MAXSEG 20
        set 1 TCP_USER_TIMEOUT -1
        set 1 TCP_SYNCNT 0
        set 1 TCP_LINGER2 5
        get 1 TCP_LINGER2
        set 1 SO_OOBINLINE 1
        get 1 SO_OOBINLINE
        get 1 TCP_QUICKACK
        get 1 SO_ACCEPTCONN",
    ),
    (
        "options of a datagram socket",
        "socket udp
        get 1 SO_DOMAIN
        get 1 SO_PROTOCOL
        get 1 SO_TYPE
        get 1 SO_ACCEPTCONN
        get 1 TCP_NODELAY
        set 1 TCP_NODELAY 1
        get 1 TCP_INFO
        get 1 IPV6_V6ONLY
        set 1 IPV6_V6ONLY 1
        set 1 SO_BROADCAST 1
        get 1 SO_BROADCAST
        set 1 SO_KEEPALIVE 1
        get 1 SO_KEEPALIVE
        set 1 SO_LINGER 1,3
        get 1 SO_LINGER
        set 1 SO_OOBINLINE 1
        get 1 SO_OOBINLINE
        set 1 SO_RCVLOWAT 9
        get 1 SO_RCVLOWAT
        set 1 IP_TOS 255
        get 1 IP_TOS
        set 1 IP_TTL -1
        get 1 IP_TTL
        socket udp v6
        get 2 TCP_INFO
        get 2 TCP_NODELAY",
    ),
];
