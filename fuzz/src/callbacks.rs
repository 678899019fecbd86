//! Every callback there is. What they answer and what they call is drawn from a number of the
//! input; with 0 they answer what lets the handshake go on, and call nothing.

use std::cell::Cell;
use std::ptr::{null, null_mut};

use crate::c::*;
use crate::connection::certificate;

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static SECRETS: Cell<Vec<(String, Vec<u8>)>> = const { Cell::new(Vec::new()) };
}

/// Nothing is drawn.
pub fn reset() {
    seed(0);
    DEPTH.set(0);
    drop(SECRETS.take());
}

/// What is drawn from.
pub fn seed(number: u32) {
    SEED.set(number.into());
}

/// A number below `most`; 0 without a seed.
fn draw(most: u64) -> u64 {
    let seed = SEED.get();
    if seed == 0 {
        return 0;
    }
    let next = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407) | 1;
    SEED.set(next);
    (next >> 33) % most
}

/// Mostly `usual`, sometimes one of the others.
fn answer(usual: c_int, others: &[c_int]) -> c_int {
    match draw(16) {
        15 => others[draw(others.len() as u64) as usize],
        _ => usual,
    }
}

/// The secrets that the key log has told, by their label; the last one first.
pub fn secret(label: &str) -> Option<Vec<u8>> {
    let all = SECRETS.take();
    let found = all.iter().rev().find(|(name, _)| name == label).map(|(_, secret)| secret.clone());
    SECRETS.set(all);
    found
}

/// Calls some function of the connection's, as a callback may.
unsafe fn reenter(ssl: *mut SSL) {
    if ssl.is_null() || SEED.get() == 0 || DEPTH.get() > 2 {
        return;
    }
    DEPTH.set(DEPTH.get() + 1);
    let mut buf = [0u8; 64];
    let mut len = 0;
    // SAFETY: the connection is alive, and so is what is pointed to.
    unsafe {
        match draw(48) {
            1 => _ = SSL_read(ssl, buf.as_mut_ptr().cast(), 64),
            2 => _ = SSL_write(ssl, buf.as_ptr().cast(), 64),
            3 => _ = SSL_do_handshake(ssl),
            4 => _ = SSL_shutdown(ssl),
            5 => SSL_SESSION_free(SSL_get1_session(ssl)),
            6 => _ = SSL_get_session(ssl),
            7 => X509_free(SSL_get1_peer_certificate(ssl)),
            8 => _ = SSL_get_peer_cert_chain(ssl),
            9 => _ = SSL_get_ciphers(ssl),
            10 => OPENSSL_sk_free(SSL_get1_supported_ciphers(ssl).cast()),
            11 => _ = SSL_get_current_cipher(ssl),
            12 => _ = SSL_state_string_long(ssl),
            13 => {
                let label = c"label";
                SSL_export_keying_material(ssl, buf.as_mut_ptr(), 32, label.as_ptr(), 5, null(), 0, 0);
            }
            14 => _ = SSL_key_update(ssl, draw(3) as c_int),
            15 => _ = SSL_get_error(ssl, -1),
            16 => _ = SSL_pending(ssl),
            17 => _ = SSL_peek(ssl, buf.as_mut_ptr().cast(), 64),
            18 => _ = SSL_set_cipher_list(ssl, c"ALL".as_ptr()),
            19 => _ = SSL_get_finished(ssl, buf.as_mut_ptr().cast(), 64),
            20 => _ = SSL_get_peer_finished(ssl, buf.as_mut_ptr().cast(), 64),
            21 => _ = SSL_renegotiate(ssl),
            22 => _ = SSL_clear(ssl),
            23 => _ = SSL_get_servername(ssl, 0),
            24 => SSL_set_verify(ssl, draw(16) as c_int, Some(verify)),
            25 => _ = SSL_set_session(ssl, null_mut()),
            26 => SSL_free(SSL_dup(ssl)),
            27 => _ = SSL_read_early_data(ssl, buf.as_mut_ptr().cast(), 64, &mut len),
            28 => _ = SSL_write_early_data(ssl, buf.as_ptr().cast(), 64, &mut len),
            29 => _ = SSL_set_SSL_CTX(ssl, SSL_get_SSL_CTX(ssl)),
            30 => _ = SSL_set_num_tickets(ssl, draw(6) as size_t),
            31 => _ = SSL_new_session_ticket(ssl),
            32 => _ = SSL_use_certificate(ssl, certificate().0),
            33 => _ = SSL_use_PrivateKey(ssl, certificate().1),
            34 => _ = SSL_get0_verified_chain(ssl),
            35 => {
                SSL_up_ref(ssl);
                SSL_free(ssl);
            }
            _ => {}
        }
    }
    DEPTH.set(DEPTH.get() - 1);
}

pub unsafe extern "C" fn info(ssl: *const SSL, _: c_int, _: c_int) {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl.cast_mut()) }
}

pub unsafe extern "C" fn message(
    _: c_int,
    _: c_int,
    _: c_int,
    _: *const c_void,
    _: size_t,
    ssl: *mut SSL,
    _: *mut c_void,
) {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) }
}

pub unsafe extern "C" fn keylog(ssl: *const SSL, line: *const c_char) {
    // SAFETY: the line is a string, and the connection is alive.
    let line = unsafe { std::ffi::CStr::from_ptr(line) }.to_string_lossy().into_owned();
    let words: Vec<&str> = line.split(' ').collect();
    let hex = words[2].as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let mut all = SECRETS.take();
    all.push((words[0].to_owned(), hex.chunks(2).map(byte).collect()));
    SECRETS.set(all);
    // SAFETY: as above.
    unsafe { reenter(ssl.cast_mut()) }
}

unsafe extern "C" fn verify(_ok: c_int, _: *mut X509_STORE_CTX) -> c_int {
    answer(1, &[0])
}

unsafe extern "C" fn certificate_asked(ssl: *mut SSL, _: *mut c_void) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    answer(1, &[0, -1])
}

unsafe extern "C" fn client_certificate(ssl: *mut SSL, x509: *mut *mut X509, key: *mut *mut EVP_PKEY) -> c_int {
    // SAFETY: both are writable, and each gets a reference.
    unsafe {
        reenter(ssl);
        (*x509, *key) = crate::connection::new_certificate();
    }
    let answered = answer(1, &[0, -1]);
    if answered != 1 {
        // SAFETY: the library takes them with 1 alone.
        unsafe {
            X509_free(*x509);
            EVP_PKEY_free(*key);
            (*x509, *key) = (null_mut(), null_mut());
        }
    }
    answered
}

unsafe extern "C" fn client_hello(ssl: *mut SSL, _: *mut c_int, _: *mut c_void) -> c_int {
    // SAFETY: the connection is alive, and what is pointed to is writable.
    unsafe {
        let (mut data, mut len) = (null(), 0);
        let (mut list, mut count) = (null_mut(), 0);
        SSL_client_hello_get0_ciphers(ssl, &mut data);
        (ssl, &mut data);
        SSL_client_hello_get0_random(ssl, &mut data);
        SSL_client_hello_get0_session_id(ssl, &mut data);
        for kind in 0..64 {
            SSL_client_hello_get0_ext(ssl, kind, &mut data, &mut len);
        }
        if SSL_client_hello_get1_extensions_present(ssl, &mut list, &mut count) == 1 {
            CRYPTO_free(list.cast(), null(), 0);
        }
        reenter(ssl);
    }
    answer(1, &[0, -1])
}

unsafe extern "C" fn server_name(ssl: *mut SSL, _: *mut c_int, _: *mut c_void) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    answer(0, &[1, 2, 3])
}

unsafe extern "C" fn alpn(
    ssl: *mut SSL,
    out: *mut *const c_uchar,
    out_len: *mut c_uchar,
    offered: *const c_uchar,
    len: c_uint,
    _: *mut c_void,
) -> c_int {
    // SAFETY: the first name of the list is chosen; the library has seen that the list is one.
    unsafe {
        reenter(ssl);
        if len > 0 {
            *out_len = *offered;
            *out = offered.add(1);
            assert!(u32::from(*offered) < len, "an ALPN list that is none");
        }
    }
    answer(if len > 0 { 0 } else { 3 }, &[1, 2, 3])
}

unsafe extern "C" fn status(ssl: *mut SSL, _: *mut c_void) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    answer(3, &[0, 1, 2, -1])
}

unsafe extern "C" fn new_session(ssl: *mut SSL, session: *mut SSL_SESSION) -> c_int {
    // SAFETY: the session is the callback's to free when it answers 1.
    unsafe {
        reenter(ssl);
        if answer(0, &[1]) == 1 {
            SSL_SESSION_free(session);
            return 1;
        }
    }
    0
}

unsafe extern "C" fn get_session(ssl: *mut SSL, _: *const c_uchar, _: c_int, copy: *mut c_int) -> *mut SSL_SESSION {
    // SAFETY: the flag is writable.
    unsafe {
        reenter(ssl);
        *copy = 0;
        if answer(0, &[1]) == 1 { SSL_SESSION_new() } else { null_mut() }
    }
}

unsafe extern "C" fn remove_session(_: *mut SSL_CTX, session: *mut SSL_SESSION) {
    // SAFETY: the session is alive.
    unsafe { SSL_SESSION_get_time(session) };
}

unsafe extern "C" fn early_data(ssl: *mut SSL, _: *mut c_void) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    answer(1, &[0])
}

unsafe extern "C" fn security(
    _: *const SSL,
    _: *const SSL_CTX,
    _: c_int,
    _: c_int,
    _: c_int,
    _: *mut c_void,
    _: *mut c_void,
) -> c_int {
    answer(1, &[1, 1, 1, 0])
}

unsafe extern "C" fn padding(_: *mut SSL, _: c_int, len: size_t, _: *mut c_void) -> size_t {
    if draw(8) == 7 { draw(20000) as size_t } else { len % 16 }
}

unsafe extern "C" fn not_resumable(ssl: *mut SSL, _: c_int) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    answer(0, &[1])
}

unsafe extern "C" fn ticket_made(ssl: *mut SSL, _: *mut c_void) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    answer(1, &[0])
}

unsafe extern "C" fn ticket_opened(
    ssl: *mut SSL,
    _: *mut SSL_SESSION,
    _: *const c_uchar,
    _: size_t,
    status: c_int,
    _: *mut c_void,
) -> c_int {
    // SAFETY: as a callback is called.
    unsafe { reenter(ssl) };
    match status {
        5 | 6 => answer(status - 2, &[0, 1, 2, 3, 4]),
        _ => answer(2, &[0, 1]),
    }
}

unsafe extern "C" fn psk_client(
    ssl: *mut SSL,
    _: *const c_char,
    identity: *mut c_char,
    room: c_uint,
    key: *mut c_uchar,
    key_room: c_uint,
) -> c_uint {
    // SAFETY: there is this much room.
    unsafe {
        reenter(ssl);
        let len = draw(300) as u32;
        if len == 0 || len > key_room || room < 2 {
            return 0;
        }
        key.write_bytes(7, len as usize);
        identity.write(b'i' as c_char);
        identity.add(1).write(0);
        len
    }
}

unsafe extern "C" fn psk_server(ssl: *mut SSL, _: *const c_char, key: *mut c_uchar, room: c_uint) -> c_uint {
    // SAFETY: there is this much room.
    unsafe {
        reenter(ssl);
        key.write_bytes(7, room.min(32) as usize);
    }
    if draw(4) == 3 { 0 } else { room.min(32) }
}

unsafe extern "C" fn session_id(ssl: *mut SSL, id: *mut c_uchar, len: *mut c_uint) -> c_int {
    // SAFETY: there is room for 32 bytes, and the connection is alive.
    unsafe {
        reenter(ssl);
        id.write_bytes(draw(256) as u8 | 1, 32);
        *len = 32;
    }
    answer(1, &[0])
}

static EXTENSION: [u8; 5] = *b"added";

unsafe extern "C" fn add(
    ssl: *mut SSL,
    _: c_uint,
    _: c_uint,
    out: *mut *const c_uchar,
    len: *mut size_t,
    _: *mut X509,
    _: size_t,
    _: *mut c_int,
    _: *mut c_void,
) -> c_int {
    // SAFETY: both are writable.
    unsafe {
        reenter(ssl);
        *out = EXTENSION.as_ptr();
        *len = EXTENSION.len();
    }
    answer(1, &[0, -1])
}

unsafe extern "C" fn added(_: *mut SSL, _: c_uint, _: c_uint, _: *const c_uchar, _: *mut c_void) {}

unsafe extern "C" fn parse(
    ssl: *mut SSL,
    _: c_uint,
    _: c_uint,
    data: *const c_uchar,
    len: size_t,
    _: *mut X509,
    _: size_t,
    _: *mut c_int,
    _: *mut c_void,
) -> c_int {
    // SAFETY: the data is readable.
    unsafe {
        reenter(ssl);
        if len > 0 {
            std::hint::black_box(std::slice::from_raw_parts(data, len).iter().map(|b| u32::from(*b)).sum::<u32>());
        }
    }
    answer(1, &[0, -1])
}

/// Sets them all.
pub unsafe fn set(ctx: *mut SSL_CTX, verify_mode: c_int) {
    // SAFETY: the context is alive; a callback of `callback_ctrl` is of the type its command wants.
    unsafe {
        SSL_CTX_set_info_callback(ctx, Some(info));
        SSL_CTX_set_msg_callback(ctx, Some(message));
        SSL_CTX_set_keylog_callback(ctx, Some(keylog));
        SSL_CTX_set_verify(ctx, verify_mode, Some(verify));
        SSL_CTX_set_cert_cb(ctx, Some(certificate_asked), null_mut());
        SSL_CTX_set_client_cert_cb(ctx, Some(client_certificate));
        SSL_CTX_set_client_hello_cb(ctx, Some(client_hello), null_mut());
        SSL_CTX_set_alpn_select_cb(ctx, Some(alpn), null_mut());
        SSL_CTX_sess_set_new_cb(ctx, Some(new_session));
        SSL_CTX_sess_set_get_cb(ctx, Some(get_session));
        SSL_CTX_sess_set_remove_cb(ctx, Some(remove_session));
        SSL_CTX_set_allow_early_data_cb(ctx, Some(early_data), null_mut());
        SSL_CTX_set_record_padding_callback(ctx, Some(padding));
        SSL_CTX_set_not_resumable_session_callback(ctx, Some(not_resumable));
        SSL_CTX_set_session_ticket_cb(ctx, Some(ticket_made), Some(ticket_opened), null_mut());
        let server_name: unsafe extern "C" fn(*mut SSL, *mut c_int, *mut c_void) -> c_int = server_name;
        let status: unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int = status;
        SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, Some(std::mem::transmute(server_name)));
        SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, Some(std::mem::transmute(status)));
        if SEED.get() != 0 {
            SSL_CTX_set_generate_session_id(ctx, Some(session_id));
            SSL_CTX_set_security_callback(ctx, Some(security));
            SSL_CTX_set_psk_client_callback(ctx, Some(psk_client));
            SSL_CTX_set_psk_server_callback(ctx, Some(psk_server));
            // Every message that may bear an extension.
            SSL_CTX_add_custom_ext(
                ctx,
                0xfe00,
                0x1fff0 & !7,
                Some(add),
                Some(added),
                null_mut(),
                Some(parse),
                null_mut(),
            );
        }
    }
}
