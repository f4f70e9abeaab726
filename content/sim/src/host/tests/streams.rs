//! TCP over two hosts.
