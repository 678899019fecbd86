//! `SSL`: handshake, read, write and shutdown over BIOs.
