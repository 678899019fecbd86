//! Tessera: the OpenSSL 3.0 `libssl` C ABI over rustls.
//!
//! - [`capi`]: the exported C functions, one file per family of manual pages.
//! - [`connection`] (`SSL`), [`context`] (`SSL_CTX`), [`session`] (`SSL_SESSION`).
//! - [`engine`]: the only place that names rustls.
//! - [`trace`]: messages as text.
//! - [`libcrypto`]: safe wrappers of the system's libcrypto objects.
//! - [`boundary`]: the one way in which code of the program's is called.
//! - [`ffi`]: handles, reference counts, the panic guard, C callbacks.
//!
//! Dependencies point downwards: capi → connection, context, session → engine
//! → rustls; all of them use libcrypto and ffi. Unsafe code is allowed in
//! `capi`, `ffi`, `libcrypto` and `boundary` alone.

#[allow(unsafe_code)]
pub mod boundary;
#[allow(unsafe_code, non_snake_case, clippy::missing_safety_doc)]
pub mod capi;
pub mod cell;
pub mod connection;
pub mod context;
pub mod engine;
#[allow(unsafe_code)]
pub mod ffi;
#[allow(unsafe_code)]
pub mod libcrypto;
pub mod reason;
pub mod secret;
pub mod session;
mod sync;
pub mod trace;
