//! A server, every callback set, and bytes from the network; or, with keys that are known, a
//! TLS 1.3 client's messages after its hello with contents of the input.
#![no_main]

use common::c::*;
use common::forge::{Forger, SUITE_1_3};
use common::{Conn, Context, Input, Role, callbacks, pass};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let piece = usize::from(input.byte());
    callbacks::seed(input.word());
    let context = Context::new(Role::Server, (flags & 3).into());
    match flags >> 2 & 3 {
        1 => context.only(TLS1_2),
        2 => context.only(TLS1_3),
        _ => {}
    }
    let server = Conn::new(&context, Role::Server);
    if flags & 0x10 != 0 {
        // SAFETY: the connection is alive.
        unsafe { SSL_set_read_ahead(server.as_ptr(), 1) };
    }
    if flags & 0x20 != 0 {
        forged(&server, &mut input);
    } else {
        let bytes = input.rest();
        bytes
            .chunks(if piece == 0 { bytes.len().max(1) } else { piece * 8 })
            .for_each(|part| step(&server, part, flags));
    }
    if flags & 0x40 != 0 {
        server.feed_end();
    }
    step(&server, &[], flags);
    server.look();
    // SAFETY: the connection is alive.
    unsafe { SSL_shutdown(server.as_ptr()) };
});

fn step(server: &Conn, part: &[u8], flags: u8) {
    server.feed(part);
    if flags & 0x80 != 0 {
        let mut buf = [0u8; 256];
        let mut len = 0;
        // SAFETY: the connection is alive, and the buffer is as long as is said.
        unsafe { SSL_read_early_data(server.as_ptr(), buf.as_mut_ptr().cast(), buf.len(), &mut len) };
    }
    server.handshake();
    server.read();
    server.sent();
}

/// A client's hello, and then what the input says, under the client's keys.
fn forged(server: &Conn, input: &mut Input<'_>) {
    let context = Context::new(Role::Client, 0);
    context.only(TLS1_3);
    // SAFETY: the context is alive.
    unsafe { SSL_CTX_set_ciphersuites(context.as_ptr(), SUITE_1_3.as_ptr()) };
    let client = Conn::new(&context, Role::Client);
    client.handshake();
    pass(&client, server);
    server.handshake();
    let Some(mut forger) = Forger::tls13("CLIENT_HANDSHAKE_TRAFFIC_SECRET") else { return };
    while !input.is_empty() {
        let kind = input.byte();
        let content = input.piece();
        let record = forger.record(kind, content.get(..16384).unwrap_or(content));
        step(server, &record, 0);
    }
}
