//! Lists of ciphers, groups and signature algorithms, names of protocols, and SSL_CONF commands.
#![no_main]

use std::ffi::CString;
use std::ptr::{null, null_mut};

use common::c::*;
use common::{Conn, Context, Input, Role};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    let mut input = Input::new(bytes);
    let flags = input.byte();
    let context = Context::new(if flags & 1 == 0 { Role::Client } else { Role::Server }, 0);
    let conn = Conn::new(&context, Role::Client);
    while !input.is_empty() {
        let what = input.byte();
        let len = input.byte();
        let piece = input.take(len.into());
        one(&context, &conn, what, piece, &mut input);
    }
    conn.handshake();
    conn.look();
});

fn text(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap()
}

fn one(context: &Context, conn: &Conn, what: u8, piece: &[u8], input: &mut Input<'_>) {
    let (ctx, ssl) = (context.as_ptr(), conn.as_ptr());
    let string = text(piece);
    let p = string.as_ptr();
    // SAFETY: the objects are alive, and the strings are strings.
    unsafe {
        match what % 16 {
            0 => _ = SSL_CTX_set_cipher_list(ctx, p),
            1 => _ = SSL_set_cipher_list(ssl, p),
            2 => _ = SSL_CTX_set_ciphersuites(ctx, p),
            3 => _ = SSL_set_ciphersuites(ssl, p),
            4 => _ = context.set_text(SSL_CTRL_SET_GROUPS_LIST, &string),
            5 => _ = SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, p.cast_mut().cast()),
            6 => _ = context.set_text(SSL_CTRL_SET_SIGALGS_LIST, &string),
            7 => _ = SSL_ctrl(ssl, SSL_CTRL_SET_CLIENT_SIGALGS_LIST, 0, p.cast_mut().cast()),
            8 => _ = SSL_set_alpn_protos(ssl, piece.as_ptr(), piece.len() as c_uint),
            9 => _ = SSL_CTX_set_tlsext_use_srtp(ctx, p),
            10 => _ = SSL_CTX_use_serverinfo(ctx, piece.as_ptr(), piece.len()),
            11 => _ = SSL_CTX_use_serverinfo_ex(ctx, (piece.len() % 4) as c_uint, piece.as_ptr(), piece.len()),
            12 => numbers(ctx, ssl, piece),
            _ => configure(ctx, ssl, what, &string, input),
        }
        SSL_CIPHER_description(SSL_get_current_cipher(ssl), null_mut(), 0);
        SSL_get_cipher_list(ssl, (what & 7).into());
    }
}

/// Lists that are given as numbers.
unsafe fn numbers(ctx: *mut SSL_CTX, ssl: *mut SSL, piece: &[u8]) {
    let list: Vec<c_int> = piece
        .chunks(2)
        .map(|pair| c_int::from(pair[0]) << 4 | c_int::from(pair.last().copied().unwrap_or(0)))
        .collect();
    // SAFETY: the commands read as many numbers.
    unsafe {
        let data = list.as_ptr().cast_mut().cast();
        SSL_CTX_ctrl(ctx, 91, list.len() as c_long, data);
        SSL_ctrl(ssl, 97, list.len() as c_long & !1, data);
        SSL_ctrl(ssl, 101, list.len() as c_long & !1, data);
        SSL_bytes_to_cipher_list_and_free(ssl, piece);
    }
}

#[allow(non_snake_case)]
unsafe fn SSL_bytes_to_cipher_list_and_free(ssl: *mut SSL, piece: &[u8]) {
    let (mut ciphers, mut scsvs) = (null_mut(), null_mut());
    // SAFETY: the bytes are as many as is said; the lists are ours to free.
    unsafe {
        SSL_bytes_to_cipher_list(
            ssl,
            piece.as_ptr(),
            piece.len(),
            (piece.len() & 1) as c_int,
            &mut ciphers,
            &mut scsvs,
        );
        OPENSSL_sk_free(ciphers.cast());
        OPENSSL_sk_free(scsvs.cast());
    }
}

/// The commands, but for those that open files.
static COMMANDS: [&std::ffi::CStr; 40] = [
    c"CipherString",
    c"Ciphersuites",
    c"Groups",
    c"Curves",
    c"SignatureAlgorithms",
    c"ClientSignatureAlgorithms",
    c"Protocol",
    c"MinProtocol",
    c"MaxProtocol",
    c"Options",
    c"VerifyMode",
    c"RecordPadding",
    c"NumTickets",
    c"ECDHParameters",
    c"-cipher",
    c"-ciphersuites",
    c"-groups",
    c"-curves",
    c"-sigalgs",
    c"-client_sigalgs",
    c"-named_curve",
    c"-min_protocol",
    c"-max_protocol",
    c"-no_ssl3",
    c"-no_tls1",
    c"-no_tls1_1",
    c"-no_tls1_2",
    c"-no_tls1_3",
    c"-bugs",
    c"-comp",
    c"-no_ticket",
    c"-serverpref",
    c"-legacy_renegotiation",
    c"-record_padding",
    c"-num_tickets",
    c"-strict",
    c"-anti_replay",
    c"-allow_no_dhe_kex",
    c"-prioritize_chacha",
    c"-no_middlebox",
];

unsafe fn configure(ctx: *mut SSL_CTX, ssl: *mut SSL, what: u8, value: &CString, input: &mut Input<'_>) {
    let own = input.piece();
    let command = match input.byte() {
        number if usize::from(number) < COMMANDS.len() => COMMANDS[usize::from(number)].to_owned(),
        _ => text(own.get(..64).unwrap_or(own)),
    };
    // A command that the input spells may not name a file.
    let spelt = command.to_string_lossy().to_ascii_lowercase();
    if ["file", "path", "store", "cert", "key", "dh"].iter().any(|word| spelt.contains(word)) {
        return;
    }
    // SAFETY: the objects are alive.
    unsafe {
        let conf = SSL_CONF_CTX_new();
        SSL_CONF_CTX_set_flags(conf, input.byte().into());
        match what & 3 {
            0 => SSL_CONF_CTX_set_ssl_ctx(conf, ctx),
            1 => SSL_CONF_CTX_set_ssl(conf, ssl),
            _ => {}
        }
        SSL_CONF_cmd_value_type(conf, command.as_ptr());
        SSL_CONF_cmd(conf, command.as_ptr(), if value.is_empty() { null() } else { value.as_ptr() });
        SSL_CONF_CTX_finish(conf);
        SSL_CONF_CTX_free(conf);
    }
}
