//! Contexts and connections over memory.

use std::ptr::null_mut;

use crate::c::*;
use crate::callbacks;

/// Which end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `SSL_connect`.
    Client,
    /// `SSL_accept`.
    Server,
}

/// The certificate of both ends and its key, for good.
pub fn certificate() -> (*mut X509, *mut EVP_PKEY) {
    thread_local! {
        static KEPT: (*mut X509, *mut EVP_PKEY) = new_certificate();
    }
    KEPT.with(|kept| *kept)
}

/// The same as objects of the caller's own.
pub fn new_certificate() -> (*mut X509, *mut EVP_PKEY) {
    static CERTIFICATE: &[u8] = include_bytes!("../fixtures/certificate.der");
    static KEY: &[u8] = include_bytes!("../fixtures/key.der");
    let (mut x509, mut key) = (CERTIFICATE.as_ptr(), KEY.as_ptr());
    // SAFETY: both are as long as is said.
    unsafe {
        (
            d2i_X509(null_mut(), &mut x509, CERTIFICATE.len() as c_long),
            d2i_AutoPrivateKey(null_mut(), &mut key, KEY.len() as c_long),
        )
    }
}

/// An SSL_CTX.
pub struct Context(*mut SSL_CTX);

impl Context {
    /// One that trusts the certificate and has it, with every callback.
    pub fn new(role: Role, verify_mode: c_int) -> Self {
        let (x509, key) = certificate();
        // SAFETY: the objects are alive.
        unsafe {
            let ctx = SSL_CTX_new(if role == Role::Client { TLS_client_method() } else { TLS_server_method() });
            SSL_CTX_use_certificate(ctx, x509);
            SSL_CTX_use_PrivateKey(ctx, key);
            X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x509);
            SSL_CTX_set_session_id_context(ctx, b"fuzz".as_ptr(), 4);
            SSL_CTX_set_alpn_protos(ctx, b"\x02h2\x08http/1.1".as_ptr(), 12);
            SSL_CTX_set_max_early_data(ctx, 16384);
            callbacks::set(ctx, verify_mode);
            Self(ctx)
        }
    }

    /// The pointer.
    pub fn as_ptr(&self) -> *mut SSL_CTX {
        self.0
    }

    /// `SSL_CTX_ctrl`, of a command that takes a number.
    pub fn ctrl(&self, command: c_int, number: c_long) -> c_long {
        // SAFETY: the command takes no pointer.
        unsafe { SSL_CTX_ctrl(self.0, command, number, null_mut()) }
    }

    /// `SSL_CTX_ctrl`, of a command that takes a string.
    pub fn set_text(&self, command: c_int, text: &std::ffi::CStr) -> c_long {
        // SAFETY: the command reads a string.
        unsafe { SSL_CTX_ctrl(self.0, command, 0, text.as_ptr().cast_mut().cast()) }
    }

    /// This version and no other.
    pub fn only(&self, version: c_long) {
        self.ctrl(SSL_CTRL_SET_MIN_PROTO_VERSION, version);
        self.ctrl(SSL_CTRL_SET_MAX_PROTO_VERSION, version);
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it is ours.
        unsafe { SSL_CTX_free(self.0) }
    }
}

/// An SSL over two BIOs in memory.
pub struct Conn(*mut SSL);

impl Conn {
    /// A connection at its beginning.
    pub fn new(context: &Context, role: Role) -> Self {
        // SAFETY: the context is alive; the connection takes the BIOs.
        unsafe {
            let ssl = SSL_new(context.as_ptr());
            SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
            match role {
                Role::Client => {
                    SSL_set_connect_state(ssl);
                    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, c"localhost".as_ptr().cast_mut().cast());
                }
                Role::Server => SSL_set_accept_state(ssl),
            }
            Self(ssl)
        }
    }

    /// The pointer.
    pub fn as_ptr(&self) -> *mut SSL {
        self.0
    }

    /// Gives it bytes from the network.
    pub fn feed(&self, bytes: &[u8]) {
        // SAFETY: the bytes are as many as is said.
        unsafe { BIO_write(SSL_get_rbio(self.0), bytes.as_ptr().cast(), bytes.len() as c_int) };
    }

    /// The network ends.
    pub fn feed_end(&self) {
        // SAFETY: the BIO is one in memory.
        unsafe { BIO_ctrl(SSL_get_rbio(self.0), BIO_C_SET_BUF_MEM_EOF_RETURN, 0, null_mut()) };
    }

    /// What it has sent.
    pub fn sent(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut buf = [0u8; 4096];
        loop {
            // SAFETY: the buffer is as long as is said.
            let got = unsafe { BIO_read(SSL_get_wbio(self.0), buf.as_mut_ptr().cast(), buf.len() as c_int) };
            match usize::try_from(got) {
                Ok(got) if got > 0 => all.extend_from_slice(&buf[..got]),
                _ => return all,
            }
        }
    }

    /// `SSL_do_handshake`; whether it is done.
    pub fn handshake(&self) -> bool {
        // SAFETY: the connection is alive.
        unsafe { SSL_do_handshake(self.0) == 1 }
    }

    /// `SSL_read`, until there is nothing or too much.
    pub fn read(&self) -> usize {
        let mut buf = [0u8; 4096];
        let mut all = 0;
        for _ in 0..64 {
            // SAFETY: the buffer is as long as is said.
            match unsafe { SSL_read(self.0, buf.as_mut_ptr().cast(), buf.len() as c_int) } {
                got if got > 0 => all += got as usize,
                _ => break,
            }
        }
        all
    }

    /// `SSL_write`.
    pub fn write(&self, data: &[u8]) -> bool {
        // SAFETY: the data is as long as is said.
        unsafe { SSL_write(self.0, data.as_ptr().cast(), data.len() as c_int) > 0 }
    }

    /// Asks whatever does not change it.
    pub fn look(&self) {
        let ssl = self.0;
        // SAFETY: the connection is alive.
        unsafe {
            SSL_get_version(ssl);
            SSL_get_current_cipher(ssl);
            SSL_get_verify_result(ssl);
            SSL_get_shutdown(ssl);
            SSL_get_error(ssl, -1);
            SSL_state_string_long(ssl);
            SSL_get_servername(ssl, 0);
            SSL_get_peer_cert_chain(ssl);
            SSL_pending(ssl);
            X509_free(SSL_get1_peer_certificate(ssl));
            SSL_SESSION_free(SSL_get1_session(ssl));
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        // SAFETY: it is ours.
        unsafe { SSL_free(self.0) }
    }
}

/// What one has sent the other gets; whether it was anything.
pub fn pass(from: &Conn, to: &Conn) -> bool {
    let bytes = from.sent();
    to.feed(&bytes);
    !bytes.is_empty()
}

/// A whole handshake; whether both ends are done.
pub fn handshake(client: &Conn, server: &Conn) -> bool {
    for _ in 0..16 {
        let done = client.handshake();
        pass(client, server);
        let accepted = server.handshake();
        let moved = pass(server, client);
        if done && accepted {
            return true;
        }
        if !moved && !wants(server) {
            break;
        }
    }
    false
}

/// Whether it waits for bytes.
fn wants(conn: &Conn) -> bool {
    // SAFETY: the connection is alive.
    unsafe { SSL_get_error(conn.as_ptr(), -1) == SSL_ERROR_WANT_READ }
}
