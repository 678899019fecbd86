//! A session's encoding: what is read in Rust and what libcrypto's templates read is the same, and
//! so is what is written; and a client that offers what was read.
#![no_main]

use std::ptr::null_mut;

use common::c::*;
use common::{Conn, Context, Role};
use ssl::session::{Session, der};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    same(bytes);
    let mut data = bytes.as_ptr();
    // SAFETY: the bytes are as many as is said; what is read is freed.
    unsafe {
        let session = d2i_SSL_SESSION(null_mut(), &mut data, bytes.len() as c_long);
        if session.is_null() {
            return;
        }
        assert!(data as usize - bytes.as_ptr() as usize <= bytes.len(), "more was read than there is");
        look(session);
        again(session);
        offer(session);
        SSL_SESSION_free(session);
    }
});

fn same(bytes: &[u8]) {
    match (der::decode(bytes), der::decode_by_template(bytes)) {
        (Some((one, read)), Some((other, read_by_template))) => {
            assert_eq!(read, read_by_template, "another length is read");
            let one_by_template = der::encode_by_template(&one).map(|der| der.to_vec());
            let written = Session::with(one).and_then(|session| der::encode(&session)).map(|der| der.to_vec());
            let other = der::encode_by_template(&other).map(|der| der.to_vec());
            assert_eq!(one_by_template, other, "another session is read");
            assert_eq!(written, other, "another encoding is written");
        }
        (None, None) => {}
        _ => panic!("one reads it and the other does not"),
    }
}

unsafe fn look(session: *mut SSL_SESSION) {
    let mut buf = [0u8; 512];
    let (mut data, mut len) = (std::ptr::null(), 0);
    // SAFETY: the session is alive, and the buffer is as long as is said.
    unsafe {
        SSL_SESSION_get_master_key(session, buf.as_mut_ptr(), buf.len());
        SSL_SESSION_get0_hostname(session);
        SSL_SESSION_get0_cipher(session);
        SSL_SESSION_get0_peer(session);
        SSL_SESSION_get0_ticket(session, &mut data, &mut len);
        SSL_SESSION_get_time(session);
        SSL_SESSION_get_timeout(session);
        SSL_SESSION_is_resumable(session);
        SSL_SESSION_free(SSL_SESSION_dup(session));
        let bio = BIO_new(BIO_s_mem());
        SSL_SESSION_print(bio, session);
        BIO_free(bio);
    }
}

/// What is written is read again, and written the same.
unsafe fn again(session: *mut SSL_SESSION) {
    // SAFETY: the session is alive, and the buffers have the lengths that were told.
    unsafe {
        let len = i2d_SSL_SESSION(session, null_mut());
        if len <= 0 {
            return;
        }
        let mut written = vec![0u8; len as usize];
        let mut to = written.as_mut_ptr();
        assert_eq!(i2d_SSL_SESSION(session, &mut to), len);
        let mut from = written.as_ptr();
        let second = d2i_SSL_SESSION(null_mut(), &mut from, len.into());
        assert!(!second.is_null(), "what was written is not read");
        let mut twice = vec![0u8; len as usize];
        let mut to = twice.as_mut_ptr();
        assert_eq!(i2d_SSL_SESSION(second, null_mut()), len);
        i2d_SSL_SESSION(second, &mut to);
        assert!(written == twice, "what was read is written in another way");
        SSL_SESSION_free(second);
    }
}

unsafe fn offer(session: *mut SSL_SESSION) {
    let context = Context::new(Role::Client, 0);
    let client = Conn::new(&context, Role::Client);
    // SAFETY: both are alive.
    unsafe { SSL_set_session(client.as_ptr(), session) };
    client.handshake();
    client.sent();
}
