//! Tickets sealed under a server's keys with a session of the input inside (or bytes that are
//! none at all), offered in both versions.
#![no_main]

use std::ptr::null_mut;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use common::c::*;
use common::{Conn, Context, Input, Role, callbacks, pass};

/// Name, HMAC key and AES key, as `SSL_CTX_set_tlsext_ticket_keys` takes them.
static KEYS: [u8; 80] = [9; 80];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    let mut input = Input::new(bytes);
    let flags = input.byte();
    callbacks::seed(input.word());
    let content = input.rest();
    let ticket = if flags & 1 == 0 { seal(content) } else { content.to_vec() };
    let version = if flags & 2 == 0 { TLS1_3 } else { TLS1_2 };
    let server_context = Context::new(Role::Server, (flags >> 2 & 1).into());
    // SAFETY: the command reads as many bytes.
    unsafe {
        SSL_CTX_ctrl(server_context.as_ptr(), SSL_CTRL_SET_TLSEXT_TICKET_KEYS, 80, KEYS.as_ptr().cast_mut().cast());
    }
    let client_context = Context::new(Role::Client, 0);
    client_context.only(version);
    let client = Conn::new(&client_context, Role::Client);
    let server = Conn::new(&server_context, Role::Server);
    let session = session(version as u8, &ticket);
    // SAFETY: both are alive.
    unsafe {
        SSL_set_session(client.as_ptr(), session);
        SSL_SESSION_free(session);
    }
    client.handshake();
    pass(&client, &server);
    if flags & 8 != 0 {
        let mut buf = [0u8; 64];
        let mut len = 0;
        // SAFETY: the connection is alive, and the buffer is as long as is said.
        unsafe { SSL_read_early_data(server.as_ptr(), buf.as_mut_ptr().cast(), buf.len(), &mut len) };
    }
    server.handshake();
    pass(&server, &client);
    common::handshake(&client, &server);
    server.look();
    client.look();
});

fn seal(content: &[u8]) -> Vec<u8> {
    let iv = [5u8; 16];
    let key = UnboundCipherKey::new(&AES_256, &KEYS[48..]).unwrap();
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap();
    let mut sealed = content.to_vec();
    key.less_safe_encrypt(&mut sealed, EncryptionContext::Iv128((&iv).into())).unwrap();
    let mut ticket = [&KEYS[..16], &iv, &sealed].concat();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &KEYS[16..48]), &ticket);
    ticket.extend_from_slice(mac.as_ref());
    ticket
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = (content.len() as u16).to_be_bytes();
    [&[tag, 0x82][..], &len, content].concat()
}

/// A client's session with this ticket.
fn session(version: u8, ticket: &[u8]) -> *mut SSL_SESSION {
    let ticket = ticket.get(..0xf000).unwrap_or(ticket);
    let (suite, secret): ([u8; 2], &[u8]) = match version {
        4 => ([0x13, 1], &[3; 32]),
        _ => ([0xc0, 0x2b], &[3; 48]),
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as u32;
    let fields = [
        element(2, &[1]),
        element(2, &[3, version]),
        element(4, &suite),
        element(4, &[]),
        element(4, secret),
        element(0xa1, &element(2, &now.to_be_bytes())),
        element(0xa2, &element(2, &[0, 0xff, 0xff])),
        element(0xa4, &element(4, b"fuzz")),
        element(0xaa, &element(4, ticket)),
        element(0xaf, &element(2, &[0x40, 0])),
    ]
    .concat();
    let der = element(0x30, &fields);
    let mut data = der.as_ptr();
    // SAFETY: the bytes are as many as is said.
    unsafe { d2i_SSL_SESSION(null_mut(), &mut data, der.len() as c_long) }
}
