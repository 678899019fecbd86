//! A handshake with a HelloRetryRequest whose messages the input spoils: the second hello, or
//! whichever it names.
#![no_main]

use common::c::*;
use common::{Conn, Context, Input, Role, callbacks};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let piece = usize::from(input.byte());
    callbacks::seed(input.word());
    let client_context = Context::new(Role::Client, SSL_VERIFY_PEER);
    let server_context = Context::new(Role::Server, (flags >> 6).into());
    client_context.set_text(SSL_CTRL_SET_GROUPS_LIST, c"P-256:X25519");
    server_context.set_text(SSL_CTRL_SET_GROUPS_LIST, c"X25519");
    let client = Conn::new(&client_context, Role::Client);
    let server = Conn::new(&server_context, Role::Server);
    // Which flight: the first two have an even number from the client, an odd one from the server.
    let spoiled = match flags & 7 {
        0..4 => 2,
        other => usize::from(other - 3),
    };
    for flight in 0..6 {
        let (from, to) = if flight % 2 == 0 { (&client, &server) } else { (&server, &client) };
        from.handshake();
        let mut bytes = from.sent();
        if flight == spoiled {
            spoil(&mut bytes, flags, &mut input);
        }
        let size = if piece == 0 || flight != spoiled { bytes.len().max(1) } else { piece };
        for part in bytes.chunks(size) {
            to.feed(part);
            to.handshake();
        }
    }
    server.read();
    client.read();
    server.look();
    client.look();
});

/// Changes bytes, takes some out, puts some in; keeps the records' lengths true, if the flags say so.
fn spoil(bytes: &mut Vec<u8>, flags: u8, input: &mut Input<'_>) {
    while !input.is_empty() && !bytes.is_empty() {
        let what = input.byte();
        let at = usize::from(input.short()) % bytes.len();
        match what % 4 {
            0 => bytes[at] = input.byte(),
            1 => bytes[at] ^= 1 << (input.byte() & 7),
            2 => drop(bytes.drain(at..(at + usize::from(input.byte())).min(bytes.len()))),
            _ => {
                let len = input.byte();
                bytes.splice(at..at, input.take(len.into()).iter().copied()).for_each(drop);
            }
        }
    }
    if flags & 8 != 0 && bytes.len() > 9 && bytes[0] == 22 {
        let len = ((bytes.len() - 5) as u16).to_be_bytes();
        bytes[3..5].copy_from_slice(&len);
        let len = ((bytes.len() - 9) as u32).to_be_bytes();
        bytes[6..9].copy_from_slice(&len[1..]);
    }
}
