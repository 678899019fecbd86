//! A connection that is made, and records under its peer's keys with contents of the input, mixed
//! with raw bytes, reads, writes, key updates and shutdowns.
#![no_main]

use common::c::*;
use common::forge::{Forger, SUITE_1_2, SUITE_1_3};
use common::{Conn, Context, Input, Role, callbacks};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let seed = input.word();
    let version = if flags & 1 == 0 { TLS1_3 } else { TLS1_2 };
    let contexts = [Context::new(Role::Client, SSL_VERIFY_PEER), Context::new(Role::Server, (flags >> 2 & 1).into())];
    for context in &contexts {
        context.only(version);
        // SAFETY: the context is alive. No tickets: the first record of each end is then forged.
        unsafe {
            SSL_CTX_set_ciphersuites(context.as_ptr(), SUITE_1_3.as_ptr());
            SSL_CTX_set_cipher_list(context.as_ptr(), SUITE_1_2.as_ptr());
            SSL_CTX_set_num_tickets(context.as_ptr(), 0);
        }
    }
    let [client, server] = [Conn::new(&contexts[0], Role::Client), Conn::new(&contexts[1], Role::Server)];
    assert!(common::handshake(&client, &server));
    let (ours, peer) = if flags & 2 == 0 { (&server, Role::Client) } else { (&client, Role::Server) };
    let forger = match (version, peer) {
        (TLS1_2, _) => Forger::tls12(ours.as_ptr(), peer),
        (_, Role::Client) => Forger::tls13("CLIENT_TRAFFIC_SECRET_0"),
        (_, Role::Server) => Forger::tls13("SERVER_TRAFFIC_SECRET_0"),
    };
    let mut forger = forger.expect("the key log has told it");
    callbacks::seed(seed);
    while !input.is_empty() {
        act(ours, &mut forger, &mut input);
    }
    ours.look();
});

fn act(ours: &Conn, forger: &mut Forger, input: &mut Input<'_>) {
    let ssl = ours.as_ptr();
    let mut buf = [0u8; 512];
    let what = input.byte();
    // SAFETY: the connection is alive, and the buffers are as long as is said.
    unsafe {
        match what % 16 {
            0..3 => {
                let kind = [20, 21, 22, 23, 24, 0, what][usize::from(input.byte() % 7)];
                let content = input.piece();
                ours.feed(&forger.record(kind, content.get(..17000).unwrap_or(content)));
            }
            3 => ours.feed(&forger.record(23, &buf[..usize::from(input.byte())])),
            4 => ours.feed(&forger.key_update(input.byte() & 1)),
            5 => ours.feed(input.piece()),
            6 => _ = ours.read(),
            7 => _ = SSL_read(ssl, buf.as_mut_ptr().cast(), (input.byte()).into()),
            8 => _ = SSL_peek(ssl, buf.as_mut_ptr().cast(), (input.byte()).into()),
            9 => _ = ours.write(&buf[..usize::from(input.byte())]),
            10 => _ = SSL_key_update(ssl, (input.byte() & 3).into()),
            11 => _ = SSL_shutdown(ssl),
            12 => _ = ours.handshake(),
            13 => ours.look(),
            14 => SSL_set_read_ahead(ssl, (input.byte() & 1).into()),
            _ => match input.byte() % 4 {
                0 => _ = SSL_new_session_ticket(ssl),
                1 => _ = SSL_verify_client_post_handshake(ssl),
                2 => _ = SSL_renegotiate(ssl),
                _ => ours.feed_end(),
            },
        }
    }
    ours.sent();
}
