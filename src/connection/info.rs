//! The values that the info callback is called with (`SSL_CB_*`).
#![allow(missing_docs)]

use libc::c_int;

pub const LOOP: c_int = 0x01;
pub const EXIT: c_int = 0x02;
pub const HANDSHAKE_START: c_int = 0x10;
pub const HANDSHAKE_DONE: c_int = 0x20;
pub const CONNECT: c_int = 0x1000;
pub const ACCEPT: c_int = 0x2000;
pub const CONNECT_LOOP: c_int = CONNECT | LOOP;
pub const ACCEPT_LOOP: c_int = ACCEPT | LOOP;
pub const CONNECT_EXIT: c_int = CONNECT | EXIT;
pub const ACCEPT_EXIT: c_int = ACCEPT | EXIT;
pub const READ_ALERT: c_int = 0x4004;
pub const WRITE_ALERT: c_int = 0x4008;
