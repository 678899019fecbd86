//! Handshake messages and alerts as they pass, in the clear.
//!
//! rustls reports little of what it reads and writes. Records that travel in
//! the clear are looked at in our own buffers, encrypted ones in the wrapped
//! record protection of `engine::provider`; both arrive at
//! [`Connection::on_record`].

use std::cell::Cell;
use std::collections::VecDeque;

use crate::cell::RefCell;
use crate::secret::Secret;
use libc::c_int;

use super::state::message;
use super::{Connection, Role, block};
use crate::engine::provider::HeldAlert;
use crate::libcrypto::err::ERR_R_INTERNAL_ERROR;
use crate::reason::{self, alert};

/// Which way a record goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the peer.
    In,
    /// To the peer.
    Out,
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const APPLICATION_DATA: u8 = 23;
/// Content type.
pub const HANDSHAKE: u8 = 22;
const HEADER: usize = 5;
/// No handshake message that rustls takes is longer.
pub const MAX_MESSAGE: usize = 4 + 0xffff;
/// No ClientHello is longer: each of its parts has all the bytes that it may have.
const MAX_CLIENT_HELLO: usize = 4 + 131396;

/// Handshake message types.
#[allow(missing_docs)]
pub mod handshake_type {
    pub const HELLO_REQUEST: u8 = 0;
    pub const CLIENT_HELLO: u8 = 1;
    pub const SERVER_HELLO: u8 = 2;
    pub const NEW_SESSION_TICKET: u8 = 4;
    pub const END_OF_EARLY_DATA: u8 = 5;
    pub const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub const CERTIFICATE: u8 = 11;
    pub const SERVER_KEY_EXCHANGE: u8 = 12;
    pub const CERTIFICATE_REQUEST: u8 = 13;
    pub const SERVER_HELLO_DONE: u8 = 14;
    pub const CERTIFICATE_VERIFY: u8 = 15;
    pub const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub const FINISHED: u8 = 20;
    pub const CERTIFICATE_STATUS: u8 = 22;
    pub const KEY_UPDATE: u8 = 24;
}

/// What becomes of a record after the handshake that is no data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Late {
    /// rustls deals with it.
    OfRustls,
    /// It was dealt with.
    PassedOver,
    /// It ends the connection; why is noted.
    Refused,
}

/// What is remembered between records.
#[derive(Default)]
pub struct Tap {
    /// Bytes of messages that are not whole yet.
    partial: [RefCell<Vec<u8>>; 2],
    /// Records that were encrypted and have not left: their type and plaintext.
    sealed: RefCell<VecDeque<(u8, Secret)>>,
    /// Whether ChangeCipherSpec was seen: in TLS 1.2 records are encrypted after it.
    changed: [Cell<bool>; 2],
    /// A ChangeCipherSpec of TLS 1.3 that left, and that the application has not been shown.
    late_change: Cell<bool>,
    /// The alert to send instead of the one that rustls chose.
    pub alert_override: Cell<Option<u8>>,
    /// A fatal alert of rustls's that is to be sent encrypted.
    pub held_alert: RefCell<Option<HeldAlert>>,
    /// The content type and length of the last record that came.
    pub last_record: Cell<(u8, usize)>,
    /// The last whole message that came.
    pub last_message: RefCell<Vec<u8>>,
    /// `SSL_get_state` before the last message.
    pub before_message: Cell<u32>,
    /// Our own Finished is sent.
    pub sent_finished: Cell<bool>,
    /// How many warnings came since the last data.
    warnings: Cell<u32>,
    /// A request for a renegotiation is to be refused.
    owes_refusal: Cell<bool>,
    /// The last alert sent, level and description.
    pub sent_alert: Cell<Option<(u8, u8)>>,
    /// The last alert received, level and description.
    pub received_alert: Cell<Option<(u8, u8)>>,
    /// A ClientHello of ours is among the output that must not leave.
    pub overlong_hello: Cell<bool>,
}

impl Tap {
    /// Forgets everything, for a new handshake.
    pub fn clear(&self) {
        for direction in [Direction::In, Direction::Out] {
            self.partial[direction as usize].borrow_mut().clear();
            self.changed[direction as usize].set(false);
        }
        self.sealed.borrow_mut().clear();
        self.late_change.set(false);
        self.alert_override.set(None);
        self.held_alert.take();
        self.last_record.set((0, 0));
        self.last_message.take();
        self.sent_finished.set(false);
        self.warnings.set(0);
        self.owes_refusal.set(false);
        self.before_message.set(0);
        self.sent_alert.set(None);
        self.received_alert.set(None);
        self.overlong_hello.set(false);
    }

    /// Whether a ChangeCipherSpec is the last that is to leave.
    pub fn has_late_change(&self) -> bool {
        self.late_change.get()
    }

    /// Gives back the memory of what has passed.
    pub fn release(&self) {
        for partial in &self.partial {
            partial.borrow_mut().shrink_to_fit();
        }
        self.sealed.borrow_mut().shrink_to_fit();
    }

    /// Data came, so that what came before does not count.
    pub fn forget_warnings(&self) {
        self.warnings.set(0);
    }

    /// Whether a request for a renegotiation is to be refused, now.
    pub fn takes_refusal(&self) -> bool {
        self.owes_refusal.take()
    }

    /// Whether our records may be encrypted by now.
    pub fn changed_out(&self) -> bool {
        self.changed[Direction::Out as usize].get()
    }

    /// Whether ChangeCipherSpec went either way.
    pub fn changed(&self) -> bool {
        self.changed.iter().any(Cell::get)
    }

    /// Whether the peer's ChangeCipherSpec came.
    pub fn changed_in(&self) -> bool {
        self.changed[Direction::In as usize].get()
    }

    /// The peer has sent the beginning of a message.
    pub fn has_partial_message(&self) -> bool {
        self.partial_len() > 0
    }

    /// How much of a message that is not whole the peer has sent.
    pub fn partial_len(&self) -> usize {
        self.partial[Direction::In as usize].borrow().len()
    }

    /// One more warning came: how many there have been since the last data.
    pub fn count_warning(&self) -> u32 {
        self.warnings.set(self.warnings.get() + 1);
        self.warnings.get()
    }

    fn note_record(&self, direction: Direction, kind: u8) {
        if direction == Direction::In {
            self.last_record.set((kind, self.last_record.get().1));
        }
    }
}

impl Connection {
    /// Looks at whole records that travel in the clear. `records` may be
    /// changed where an alert is replaced.
    pub fn on_clear_records(&self, direction: Direction, records: &mut [u8]) {
        let mut rest = records;
        while rest.len() >= HEADER {
            let (kind, len) = (rest[0], usize::from(u16::from_be_bytes([rest[3], rest[4]])));
            let Some((record, after)) = rest.split_at_mut_checked(HEADER + len) else { return };
            rest = after;
            if direction == Direction::Out {
                self.header_seen(direction, &record[..HEADER]);
            } else if kind != APPLICATION_DATA && !self.permits_fragment(len) {
                return;
            }
            let changed = self.tap.changed[direction as usize].get();
            let encrypted = changed && self.negotiated.borrow().version != 0x0304;
            self.tap.note_record(direction, kind);
            match kind {
                CHANGE_CIPHER_SPEC => {
                    self.tap.changed[direction as usize].set(true);
                    self.on_change_cipher_spec(direction);
                }
                HANDSHAKE | ALERT if !encrypted => self.on_record(direction, kind, &mut record[HEADER..]),
                _ if direction == Direction::Out => self.on_sealed_record(),
                _ => {}
            }
        }
    }

    /// Looks at the plaintext of a record before it is encrypted: its alert may be
    /// replaced only now.
    pub fn on_sealing(&self, kind: u8, payload: &mut [u8]) {
        if kind == ALERT {
            self.replace_alert(payload);
        }
    }

    /// Looks at the plaintext of a record that was encrypted. rustls may encrypt
    /// it before the records ahead of it leave, so in a handshake it is put by
    /// until it leaves itself.
    pub fn on_sealed(&self, kind: u8, header: &[u8], mut payload: Secret) {
        let state = self.state.get();
        if state.in_init || state.failed {
            self.tap.sealed.borrow_mut().push_back((kind, payload));
        } else {
            self.record_sealed(kind, header);
            self.on_record(Direction::Out, kind, &mut payload);
        }
    }

    /// Shows the application an encrypted record that leaves at once.
    pub fn record_sealed(&self, kind: u8, header: &[u8]) {
        self.header_seen(Direction::Out, header);
        self.inner_type_seen(Direction::Out, kind);
    }

    /// How many bytes of padding a TLS 1.3 record gets, whose plaintext is `len`
    /// bytes long with its content type.
    pub fn record_padding(&self, content_type: u8, len: usize) -> usize {
        let inherited = self.inherited.get();
        let most = self.most_padded();
        if len >= most {
            return 0;
        }
        let wanted = match (inherited.padding.function, inherited.block_padding) {
            (Some(callback), _) => {
                crate::ffi::callbacks::padding(callback, self, content_type, len, inherited.padding.arg)
            }
            (None, 0) => 0,
            (None, block) => (block - len % block) % block,
        };
        wanted.min(most - len)
    }

    /// Whether records go without padding.
    pub fn pads_nothing(&self) -> bool {
        let inherited = self.inherited.get();
        inherited.padding.function.is_none() && inherited.block_padding == 0
    }

    /// The longest padded plaintext, its content type included; 0 when nothing
    /// is padded.
    pub fn most_padded(&self) -> usize {
        if self.pads_nothing() {
            return 0;
        }
        self.send_fragment()
    }

    fn on_sealed_record(&self) {
        let record = self.tap.sealed.borrow_mut().pop_front();
        if let Some((kind, mut payload)) = record {
            self.inner_type_seen(Direction::Out, kind);
            self.on_record(Direction::Out, kind, &mut payload);
        }
    }

    /// Puts OpenSSL's alert in the place of rustls's.
    fn replace_alert(&self, payload: &mut [u8]) {
        if let (&mut [2, ref mut description], Some(alert)) = (payload, self.tap.alert_override.get()) {
            *description = alert;
        }
    }

    /// Looks at the plaintext of one record.
    pub fn on_record(&self, direction: Direction, kind: u8, payload: &mut [u8]) {
        self.tap.note_record(direction, kind);
        match kind {
            ALERT if payload.len() == 2 => self.on_alert(direction, payload),
            HANDSHAKE => self.on_handshake_bytes(direction, payload),
            _ => {}
        }
    }

    fn on_alert(&self, direction: Direction, payload: &mut [u8]) {
        match direction {
            Direction::Out => {
                self.replace_alert(payload);
                self.tap.sent_alert.set(Some((payload[0], payload[1])));
                if payload == [1, alert::NO_RENEGOTIATION] {
                    // rustls's answer to the peer, which leaves at once.
                    self.info(super::info::WRITE_ALERT, 0x100 | c_int::from(alert::NO_RENEGOTIATION));
                }
            }
            Direction::In => {
                self.on_record_after_server_hello(false);
                let tls13 = self.negotiated.borrow().version == 0x0304;
                if payload == [1, alert::NO_RENEGOTIATION] && !tls13 {
                    self.failure.set(Some((reason::NO_RENEGOTIATION, alert::HANDSHAKE_FAILURE)));
                }
                if !matches!(payload[0], 1 | 2) && !tls13 {
                    self.failure.set(Some((reason::UNKNOWN_ALERT_TYPE, alert::ILLEGAL_PARAMETER)));
                }
                self.tap.received_alert.set(Some((payload[0], payload[1])));
                self.info(super::info::READ_ALERT, c_int::from(payload[0]) << 8 | c_int::from(payload[1]));
            }
        }
        self.message_seen(direction, ALERT, payload);
    }

    /// OpenSSL shows the application only those that it sends, and in TLS 1.3 a client's goes
    /// out ahead of its second flight, while rustls sends it when it has read the ServerHello.
    fn on_change_cipher_spec(&self, direction: Direction) {
        if direction == Direction::In {
            self.on_record_after_server_hello(true);
        }
        let tls13 = self.negotiated.borrow().version == 0x0304;
        if direction == Direction::Out {
            if tls13 && !self.is_server() && !self.early_data.is_open() {
                self.tap.late_change.set(true);
            } else {
                self.message_seen(direction, CHANGE_CIPHER_SPEC, &[1]);
            }
        }
        if tls13 {
            return;
        }
        self.enter_message(match (self.role.get(), direction) {
            (Role::Server, Direction::In) => message::SR_CHANGE,
            (Role::Server, Direction::Out) => message::SW_CHANGE,
            (_, Direction::In) => message::CR_CHANGE,
            (_, Direction::Out) => message::CW_CHANGE,
        });
    }

    fn on_handshake_bytes(&self, direction: Direction, bytes: &[u8]) {
        use handshake_type as t;
        if direction == Direction::In && !self.state.get().in_init {
            self.took_non_data.set(true);
        }
        self.tap.partial[direction as usize].borrow_mut().extend_from_slice(bytes);
        if direction == Direction::In && self.is_server() && self.awaits_hello() {
            self.check_first_message();
        }
        while let Some(whole) = self.take_message(direction) {
            if direction == Direction::In && self.is_too_long(&whole)
                || direction == Direction::Out && self.has_overflowed(&whole)
            {
                return;
            }
            self.message_seen(direction, HANDSHAKE, &whole);
            let (kind, body) = (whole[0], &whole[4..]);
            match direction {
                Direction::In => self.extensions_seen(kind, body),
                Direction::Out if kind == t::FINISHED => self.tap.sent_finished.set(true),
                Direction::Out => {}
            }
            self.tap.before_message.set(self.state.get().message);
            if let Some(state) = state_of(self.role.get(), direction, kind) {
                if self.state.get().in_init {
                    self.enter_message(state);
                }
            }
            if (direction, kind) == (Direction::In, handshake_type::CLIENT_HELLO) {
                self.on_client_hello(&whole);
            } else {
                self.on_message(direction, kind, body);
            }
            if direction == Direction::In {
                self.tap.last_message.replace(whole);
            }
        }
    }

    /// Whether another record may not come now, as a message is not complete.
    pub fn refuses_interleaving(&self) -> bool {
        let refused = self.tap.has_partial_message();
        if refused {
            self.failure.set(Some((reason::MIXED_HANDSHAKE_AND_NON_HANDSHAKE_DATA, alert::UNEXPECTED_MESSAGE)));
        }
        refused
    }

    /// A record that is no data came: whether rustls is to see it. It bears so many warnings and
    /// one request for a renegotiation in all, OpenSSL so many without data between them.
    pub fn notes_late(&self, kind: u8, content: &[u8]) -> Late {
        const MOST_WARNINGS: u32 = 4;
        const HELLO_REQUEST: [u8; 4] = [0; 4];
        let tls13 = self.negotiated.borrow().version == 0x0304;
        if !self.state.get().is_finished() || self.failure.get().is_some() {
            return Late::OfRustls;
        }
        match (kind, content) {
            (ALERT, &[1, description]) if description != alert::CLOSE_NOTIFY => {
                if tls13 && description != alert::USER_CANCELLED {
                    return Late::OfRustls;
                }
                if self.tap.count_warning() > MOST_WARNINGS {
                    self.failure.set(Some((reason::TOO_MANY_WARN_ALERTS, alert::UNEXPECTED_MESSAGE)));
                    return Late::Refused;
                }
            }
            // A HelloRequest that is not empty.
            (HANDSHAKE, &[handshake_type::HELLO_REQUEST, a, b, c, ..])
                if !tls13 && !self.is_server() && !self.tap.has_partial_message() && [a, b, c] != [0; 3] =>
            {
                self.set_message(message::CR_HELLO_REQ);
                self.failure.set(Some((reason::EXCESSIVE_MESSAGE_SIZE, alert::ILLEGAL_PARAMETER)));
                return Late::Refused;
            }
            (HANDSHAKE, content) => {
                self.tap.warnings.set(0);
                if tls13 || self.is_server() || content != HELLO_REQUEST {
                    return Late::OfRustls;
                }
                self.tap.owes_refusal.set(true);
            }
            _ => return Late::OfRustls,
        }
        // The data that comes next goes to rustls, which counts what is empty until then.
        self.data_keys.forget_opening();
        Late::PassedOver
    }

    /// Whether this is a server that has not seen a ClientHello.
    pub fn awaits_client_hello(&self) -> bool {
        self.is_server()
            && self.hello_bytes.borrow().is_none()
            && self.client_hello.borrow().is_none()
            && self.negotiated.borrow().client_ciphers.is_empty()
    }

    /// A server's first message must be a ClientHello of bearable size.
    fn check_first_message(&self) {
        let partial = self.tap.partial[Direction::In as usize].borrow();
        let Some(&header) = partial.first_chunk::<4>() else { return };
        if header[0] != handshake_type::CLIENT_HELLO {
            self.failure.set(Some((reason::UNEXPECTED_MESSAGE, alert::UNEXPECTED_MESSAGE)));
        } else if message_len(header) > MAX_CLIENT_HELLO {
            self.set_message(message::SR_CLNT_HELLO);
            self.failure.set(Some((reason::EXCESSIVE_MESSAGE_SIZE, alert::ILLEGAL_PARAMETER)));
        }
    }

    fn take_message(&self, direction: Direction) -> Option<Vec<u8>> {
        let mut partial = self.tap.partial[direction as usize].borrow_mut();
        let header = partial.first_chunk::<4>()?;
        let len = message_len(*header);
        if len > most_of(header[0]) {
            if let Some(state) = state_of(self.role.get(), direction, header[0]) {
                self.set_message(state);
            }
            // rustls refuses it; there is nothing to look at. One of ours has overflowed.
            let all = std::mem::take(&mut *partial);
            drop(partial);
            if direction == Direction::Out {
                self.has_overflowed(&all);
            }
            return None;
        }
        if partial.len() < len {
            return None;
        }
        let rest = partial.split_off(len);
        Some(std::mem::replace(&mut *partial, rest))
    }

    /// A certificate message, or the request for one, may be as long as the program allows, and
    /// EncryptedExtensions no longer than OpenSSL does: leaves a failure if it is longer.
    fn is_too_long(&self, message: &[u8]) -> bool {
        const MOST_IN_ENCRYPTED_EXTENSIONS: u64 = 20000;
        let most = match message[0] {
            handshake_type::CERTIFICATE => self.settings.borrow().max_cert_list,
            handshake_type::CERTIFICATE_REQUEST if !self.is_server() => self.settings.borrow().max_cert_list,
            handshake_type::ENCRYPTED_EXTENSIONS if !self.is_server() => MOST_IN_ENCRYPTED_EXTENSIONS,
            _ => return false,
        };
        let too_long = (message.len() - 4) as u64 > most;
        if too_long {
            self.failure.set(Some((reason::EXCESSIVE_MESSAGE_SIZE, alert::ILLEGAL_PARAMETER)));
        }
        too_long
    }

    /// rustls does not see to it that the extensions of a ClientHello fit into their length
    /// field: leaves a failure if they don't. What is long may be the server's, as a cookie.
    fn has_overflowed(&self, message: &[u8]) -> bool {
        // It may be the program's extensions that have found no room.
        let overflowed =
            message[0] == handshake_type::CLIENT_HELLO && (self.tap.overlong_hello.get() || !block::fits(message));
        if overflowed {
            self.tap.overlong_hello.set(true);
            self.failure.set(Some((ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR)));
        }
        overflowed
    }

    /// Shows a record's header to the application's message callback.
    pub fn header_seen(&self, direction: Direction, header: &[u8]) {
        const RT_HEADER: c_int = 0x100;
        if let &[_, major, minor, ..] = header {
            self.show(direction, u16::from_be_bytes([major, minor]), RT_HEADER, header);
        }
    }

    /// Shows what an encrypted record of TLS 1.3 holds.
    pub fn inner_type_seen(&self, direction: Direction, kind: u8) {
        const RT_INNER_CONTENT_TYPE: c_int = 0x101;
        let version = self.negotiated.borrow().version;
        if version == 0x0304 {
            // OpenSSL names the record's version when it writes.
            let version = if direction == Direction::Out { 0x0303 } else { version };
            self.show(direction, version, RT_INNER_CONTENT_TYPE, &[kind]);
        }
    }

    /// Shows a message to the application's message callback.
    fn message_seen(&self, direction: Direction, content_type: u8, bytes: &[u8]) {
        if direction == Direction::Out && content_type == HANDSHAKE && self.tap.late_change.take() {
            self.message_seen(direction, CHANGE_CIPHER_SPEC, &[1]);
        }
        self.show(direction, self.version_so_far(), content_type.into(), bytes);
    }

    /// Whether the application is shown messages.
    pub fn shows_messages(&self) -> bool {
        self.inherited.get().msg.function.is_some()
    }

    fn show(&self, direction: Direction, version: u16, content_type: c_int, bytes: &[u8]) {
        let callback = self.inherited.get().msg;
        if let Some(function) = callback.function {
            let sent = direction == Direction::Out;
            crate::ffi::callbacks::message(function, self, sent, version, content_type, bytes, callback.arg);
        }
    }

    /// Whether the application has a key log callback.
    pub fn logs_keys(&self) -> bool {
        self.context.borrow().callbacks().keylog.is_some()
    }

    /// Tells the application's key log callback about a secret.
    pub fn log_key(&self, label: &str, client_random: &[u8], secret: &Secret) {
        let Some(callback) = self.context.borrow().callbacks().keylog else { return };
        // As long as it gets: what grows leaves the secret behind.
        let mut line = Secret::with_capacity(label.len() + 2 * (client_random.len() + secret.len()) + 3);
        line.extend_from_slice(label.as_bytes());
        for bytes in [client_random, &secret[..]] {
            line.push(b' ');
            for byte in bytes {
                line.extend_from_slice(&[byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        line.push(0);
        if let Ok(line) = std::ffi::CStr::from_bytes_with_nul(&line) {
            crate::ffi::callbacks::keylog(callback, self, line);
        }
    }

    /// `SSL_get_state` as it was before the last message, which OpenSSL would not
    /// have taken up.
    pub fn leave_message(&self) {
        let mut state = self.state.get();
        state.message = self.tap.before_message.get();
        self.state.set(state);
        if self.tap.last_record.get().0 == CHANGE_CIPHER_SPEC {
            self.tap.changed[Direction::In as usize].set(false);
        }
    }

    /// A TLS 1.3 server that has sent its Finished expects early data first, and so does one
    /// that has sent a HelloRetryRequest.
    pub fn leave_server_flight(&self) {
        let message = self.state.get().message;
        let retries = message == message::SW_SRVR_HELLO && self.early_data.retry.get();
        if (message == message::SW_FINISHED || retries) && self.negotiated.borrow().version == 0x0304 {
            self.set_message(message::EARLY_DATA);
        }
    }

    /// A message after the handshake failed: OpenSSL stands at it then.
    pub fn settle_late_message(&self, reason: c_int) {
        let kind = self.tap.last_message.borrow().first().copied();
        let read = self.tap.last_record.get().0 == HANDSHAKE && reason != reason::UNEXPECTED_MESSAGE;
        if let (true, Some(handshake_type::NEW_SESSION_TICKET | handshake_type::KEY_UPDATE)) = (read, kind) {
            if let Some(state) = kind.and_then(|kind| state_of(self.role.get(), Direction::In, kind)) {
                self.set_message(state);
            }
        }
    }

    /// Sets what `SSL_get_state` answers.
    pub fn set_message(&self, message: u32) {
        self.tap.before_message.set(self.state.get().message);
        let mut state = self.state.get();
        state.message = message;
        self.state.set(state);
    }

    fn enter_message(&self, message: u32) {
        self.tap.before_message.set(self.state.get().message);
        let mut state = self.state.get();
        state.message = message;
        self.state.set(state);
        let what = if self.role.get() == Role::Server { super::info::ACCEPT_LOOP } else { super::info::CONNECT_LOOP };
        self.info(what, 1);
    }
}

/// The most of a message of this type, its header included.
pub fn most_of(kind: u8) -> usize {
    if kind == handshake_type::CLIENT_HELLO { MAX_CLIENT_HELLO } else { MAX_MESSAGE }
}

/// A handshake message of this content.
pub fn whole_message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

/// The length of a handshake message, its header included.
pub fn message_len(header: [u8; 4]) -> usize {
    4 + (u32::from_be_bytes(header) & 0xff_ffff) as usize
}

fn state_of(role: Role, direction: Direction, kind: u8) -> Option<u32> {
    use handshake_type as t;
    let (client_in, client_out, server_in, server_out) = match kind {
        t::CLIENT_HELLO => (0, message::CW_CLNT_HELLO, message::SR_CLNT_HELLO, 0),
        t::SERVER_HELLO => (message::CR_SRVR_HELLO, 0, 0, message::SW_SRVR_HELLO),
        t::NEW_SESSION_TICKET => (message::CR_SESSION_TICKET, 0, 0, message::SW_SESSION_TICKET),
        t::ENCRYPTED_EXTENSIONS => (message::CR_ENCRYPTED_EXTENSIONS, 0, 0, message::SW_ENCRYPTED_EXTENSIONS),
        t::CERTIFICATE => (message::CR_CERT, message::CW_CERT, message::SR_CERT, message::SW_CERT),
        t::SERVER_KEY_EXCHANGE => (message::CR_KEY_EXCH, 0, 0, message::SW_KEY_EXCH),
        t::CERTIFICATE_REQUEST => (message::CR_CERT_REQ, 0, 0, message::SW_CERT_REQ),
        t::SERVER_HELLO_DONE => (message::CR_SRVR_DONE, 0, 0, message::SW_SRVR_DONE),
        t::CERTIFICATE_VERIFY => {
            (message::CR_CERT_VRFY, message::CW_CERT_VRFY, message::SR_CERT_VRFY, message::SW_CERT_VRFY)
        }
        t::CLIENT_KEY_EXCHANGE => (0, message::CW_KEY_EXCH, message::SR_KEY_EXCH, 0),
        t::FINISHED => (message::CR_FINISHED, message::CW_FINISHED, message::SR_FINISHED, message::SW_FINISHED),
        t::CERTIFICATE_STATUS => (message::CR_CERT_STATUS, 0, 0, message::SW_CERT_STATUS),
        t::END_OF_EARLY_DATA => (0, message::CW_END_OF_EARLY_DATA, message::SR_END_OF_EARLY_DATA, 0),
        t::KEY_UPDATE => {
            (message::CR_KEY_UPDATE, message::CW_KEY_UPDATE, message::SR_KEY_UPDATE, message::SW_KEY_UPDATE)
        }
        _ => return None,
    };
    let state = match (role, direction) {
        (Role::Server, Direction::In) => server_in,
        (Role::Server, Direction::Out) => server_out,
        (_, Direction::In) => client_in,
        (_, Direction::Out) => client_out,
    };
    (state != 0).then_some(state)
}
