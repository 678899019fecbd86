//! The exported C functions and nothing else: each checks its arguments, calls
//! the core, and puts errors on the queue.

pub mod async_job;
pub mod bio_ssl;
pub mod callbacks;
pub mod certificate;
pub mod cipher;
pub mod client_hello;
pub mod compression;
pub mod conf;
pub mod connection;
pub mod context;
pub mod ct;
pub mod ctrl;
pub mod dane;
pub mod dtls;
pub mod early_data;
pub mod extensions;
pub mod handshake;
pub mod info;
pub mod io;
pub mod method;
pub mod psk;
pub mod security;
pub mod session;
pub mod session_cache;
pub mod set_session;
pub mod srp;
pub mod srtp;
pub mod strings;
pub mod verify;
