//! Random calls on several connections and sessions that talk to each other, with callbacks that
//! call back.
#![no_main]

use std::ptr::null_mut;

use common::c::*;
use common::{Conn, Context, Input, Role, callbacks, pass};

/// The first two are a client and a server that talk to each other, and so are the others.
const CONNECTIONS: usize = 4;

struct World {
    conns: Vec<Conn>,
    sessions: [*mut SSL_SESSION; 3],
    contexts: [Context; 2],
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::begin();
    let mut input = Input::new(bytes);
    let flags = input.byte();
    callbacks::seed(input.word());
    let contexts =
        [Context::new(Role::Client, (flags & 3).into()), Context::new(Role::Server, (flags >> 2 & 3).into())];
    if flags & 0x10 != 0 {
        contexts[0].only(TLS1_2);
    }
    contexts[1].ctrl(SSL_CTRL_SESS_CACHE_MODE, (flags >> 5 & 3).into());
    let conns = (0..CONNECTIONS).map(|i| fresh(&contexts, i)).collect();
    let mut world = World { conns, sessions: [null_mut(); 3], contexts };
    for _ in 0..256 {
        if input.is_empty() {
            break;
        }
        world.act(&mut input);
    }
    world.conns.iter().for_each(Conn::look);
});

fn fresh(contexts: &[Context; 2], at: usize) -> Conn {
    let role = if at.is_multiple_of(2) { Role::Client } else { Role::Server };
    Conn::new(&contexts[at % 2], role)
}

impl Drop for World {
    fn drop(&mut self) {
        // SAFETY: they are ours.
        self.sessions.iter().for_each(|session| unsafe { SSL_SESSION_free(*session) });
    }
}

impl World {
    fn act(&mut self, input: &mut Input<'_>) {
        let what = input.byte();
        let at = usize::from(input.byte());
        let slot = at / CONNECTIONS % 3;
        let at = at % CONNECTIONS;
        match what % 64 {
            0..8 => {
                self.conns[at].handshake();
                pass(&self.conns[at], &self.conns[at ^ 1]);
            }
            8 | 9 => _ = common::handshake(&self.conns[at & !1], &self.conns[at | 1]),
            10 => _ = pass(&self.conns[at], &self.conns[at ^ 1]),
            11 => self.conns[at] = fresh(&self.contexts, at),
            12 => self.keep(slot, at),
            // SAFETY: both are alive.
            13 | 14 => unsafe {
                if !self.sessions[slot].is_null() {
                    SSL_set_session(self.conns[at].as_ptr(), self.sessions[slot]);
                }
            },
            15 => self.session(slot, input),
            16 => self.conns[at].feed(input.piece()),
            17 => self.conns[at].feed_end(),
            18..22 => _ = self.conns[at].write(&[7; 300][..usize::from(input.byte())]),
            22..26 => _ = self.conns[at].read(),
            26..32 => self.context(at, slot, what, input),
            // SAFETY: the connection is alive.
            _ => unsafe { connection(self.conns[at].as_ptr(), what, input) },
        }
    }

    fn keep(&mut self, slot: usize, at: usize) {
        // SAFETY: the slot's is ours.
        unsafe {
            SSL_SESSION_free(self.sessions[slot]);
            self.sessions[slot] = SSL_get1_session(self.conns[at].as_ptr());
        }
    }

    fn session(&mut self, slot: usize, input: &mut Input<'_>) {
        let session = self.sessions[slot];
        if session.is_null() {
            return;
        }
        let bytes = [input.byte(); 48];
        // SAFETY: the session is alive, and the bytes are as many as is said.
        unsafe {
            match input.byte() % 8 {
                0 => _ = SSL_SESSION_set_timeout(session, c_long::from(input.byte()) - 1),
                1 => _ = SSL_SESSION_set_time(session, input.word().into()),
                2 => _ = SSL_SESSION_set1_id(session, bytes.as_ptr(), (input.byte() % 49).into()),
                3 => _ = SSL_SESSION_set1_master_key(session, bytes.as_ptr(), (input.byte() % 49).into()),
                4 => _ = SSL_SESSION_set_protocol_version(session, input.short().into()),
                5 => _ = SSL_SESSION_set1_hostname(session, c"other".as_ptr()),
                6 => {
                    let copy = SSL_SESSION_dup(session);
                    SSL_SESSION_free(session);
                    self.sessions[slot] = copy;
                }
                _ => _ = SSL_SESSION_set_max_early_data(session, input.word()),
            }
        }
    }

    fn context(&self, at: usize, slot: usize, what: u8, input: &mut Input<'_>) {
        let ctx = self.contexts[at & 1].as_ptr();
        // SAFETY: the objects are alive.
        unsafe {
            match what % 64 {
                26 => _ = SSL_CTX_add_session(ctx, self.sessions[slot]),
                27 => _ = SSL_CTX_remove_session(ctx, self.sessions[slot]),
                28 => SSL_CTX_flush_sessions(ctx, input.word().into()),
                29 => _ = SSL_CTX_set_options(ctx, 1 << (input.byte() & 31)),
                30 => _ = SSL_CTX_ctrl(ctx, SSL_CTRL_SESS_CACHE_MODE, input.short().into(), null_mut()),
                _ => _ = SSL_set_SSL_CTX(self.conns[at].as_ptr(), self.contexts[slot & 1].as_ptr()),
            }
        }
    }
}

unsafe fn connection(ssl: *mut SSL, what: u8, input: &mut Input<'_>) {
    let mut buf = [0u8; 300];
    let mut len = 0;
    let number = input.byte();
    let room = buf.as_mut_ptr().cast();
    // SAFETY: the connection is alive, and the buffer is longer than any number.
    unsafe {
        match what % 64 {
            32 | 33 => _ = SSL_shutdown(ssl),
            34 => _ = SSL_clear(ssl),
            35 => _ = SSL_key_update(ssl, (number & 3).into()),
            36 => SSL_free(SSL_dup(ssl)),
            37 => _ = SSL_peek(ssl, room, number.into()),
            38 | 39 => _ = SSL_read_early_data(ssl, room, number.into(), &mut len),
            40 | 41 => _ = SSL_write_early_data(ssl, buf.as_ptr().cast(), number.into(), &mut len),
            42 => _ = SSL_set_options(ssl, 1 << (number & 63)),
            43 => _ = SSL_clear_options(ssl, 1 << (number & 63)),
            44 => _ = SSL_ctrl(ssl, SSL_CTRL_MODE, number.into(), null_mut()),
            45 => SSL_set_verify(ssl, number.into(), None),
            46 => SSL_set_shutdown(ssl, (number & 3).into()),
            47 => SSL_set_quiet_shutdown(ssl, (number & 1).into()),
            48 => SSL_set_accept_state(ssl),
            49 => SSL_set_connect_state(ssl),
            50 => _ = SSL_renegotiate(ssl),
            51 => _ = SSL_new_session_ticket(ssl),
            52 => _ = SSL_set_num_tickets(ssl, (number & 15).into()),
            53 => _ = SSL_set_ciphersuites(ssl, c"TLS_CHACHA20_POLY1305_SHA256".as_ptr()),
            54 => _ = SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, c"P-384:P-256".as_ptr().cast_mut().cast()),
            55 => SSL_set_read_ahead(ssl, (number & 1).into()),
            56 => callbacks::seed(input.word()),
            57 => SSL_set_security_level(ssl, (number % 7).into()),
            58 => _ = SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, 0x300 + c_long::from(number % 6), null_mut()),
            59 => _ = SSL_set_session(ssl, null_mut()),
            60 => _ = SSL_set_max_early_data(ssl, number.into()),
            61 => _ = SSL_set_tlsext_max_fragment_length(ssl, number),
            62 => _ = SSL_free_buffers(ssl),
            _ => _ = SSL_verify_client_post_handshake(ssl),
        }
    }
}
