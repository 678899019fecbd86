//! A client, every callback set, and bytes from the network; or, with keys that are known, a
//! TLS 1.3 server's messages after its hello with contents of the input.
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
    let context = Context::new(Role::Client, (flags & 3).into());
    match flags >> 2 & 3 {
        1 => context.only(TLS1_2),
        2 => context.only(TLS1_3),
        _ => {}
    }
    let client = Conn::new(&context, Role::Client);
    // SAFETY: the connection is alive.
    unsafe {
        SSL_set_read_ahead(client.as_ptr(), (flags >> 4 & 1).into());
        SSL_ctrl(client.as_ptr(), SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, 1, std::ptr::null_mut());
    }
    if flags & 0x20 != 0 {
        forged(&client, &mut input);
    } else {
        let bytes = input.rest();
        client.handshake();
        bytes.chunks(if piece == 0 { bytes.len().max(1) } else { piece * 8 }).for_each(|part| step(&client, part));
    }
    if flags & 0x40 != 0 {
        client.feed_end();
    }
    step(&client, &[]);
    client.look();
    // SAFETY: the connection is alive.
    unsafe { SSL_shutdown(client.as_ptr()) };
});

fn step(client: &Conn, part: &[u8]) {
    client.feed(part);
    client.handshake();
    client.read();
    client.sent();
}

/// A server's hello, and then what the input says, under the server's keys.
fn forged(client: &Conn, input: &mut Input<'_>) {
    let context = Context::new(Role::Server, 0);
    context.only(TLS1_3);
    // SAFETY: the context is alive.
    unsafe { SSL_CTX_set_ciphersuites(context.as_ptr(), SUITE_1_3.as_ptr()) };
    let server = Conn::new(&context, Role::Server);
    client.handshake();
    pass(client, &server);
    server.handshake();
    let flight = server.sent();
    // Its first record alone, the hello.
    let Some(head) = flight.get(..5) else { return };
    let len = 5 + usize::from(u16::from_be_bytes([head[3], head[4]]));
    step(client, &flight[..len.min(flight.len())]);
    let Some(mut forger) = Forger::tls13("SERVER_HANDSHAKE_TRAFFIC_SECRET") else { return };
    while !input.is_empty() {
        let kind = input.byte();
        let content = input.piece();
        let record = forger.record(kind, content.get(..16384).unwrap_or(content));
        step(client, &record);
    }
}
