//! packetdrill scripts.
