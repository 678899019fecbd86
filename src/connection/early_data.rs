//! TLS 1.3 early data (0-RTT): `SSL_write_early_data`, `SSL_read_early_data`.
//!
//! OpenSSL lets a handshake pause where early data is written or read, and go
//! on by the next call of another kind. [`Stage`] says where it stands.

use std::cell::Cell;

use super::client_hello::{ClientHello, PskIdentity};
use super::info;
use super::io::Stop;
use super::messages::HANDSHAKE;
use super::state::message;
use super::{Connection, Role, State, Want};
use crate::cell::RefCell;
use crate::engine::Progress;
use crate::ffi::callbacks;
use crate::libcrypto::err;
use crate::reason::{self, alert};
use crate::session::{Fields, now};

/// What `SSL_get_early_data_status` answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(i32)]
pub enum Status {
    /// The ClientHello did not announce any.
    #[default]
    NotSent = 0,
    /// It did, and the server has not accepted it (yet).
    Rejected = 1,
    /// The server accepted it.
    Accepted = 2,
}

/// Where early data stands: a client's first, a server's then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Stage {
    /// None is wanted.
    #[default]
    None,
    /// `SSL_write_early_data` must send the ClientHello once more.
    ConnectRetry,
    /// It sends the ClientHello.
    Connecting,
    /// More may be written.
    WriteRetry,
    /// It is being written.
    Writing,
    /// It was written and must leave the BIO.
    WriteFlush,
    /// No more is written.
    FinishedWriting,
    /// `SSL_read_early_data` must wait for the ClientHello once more.
    AcceptRetry,
    /// It waits for the ClientHello, and answers it.
    Accepting,
    /// More may be read.
    ReadRetry,
    /// It is being read.
    Reading,
    /// All was read.
    FinishedReading,
    /// A server writes before the client's Finished.
    UnauthenticatedWriting,
}

/// What became of a call to `SSL_read_early_data`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EarlyRead {
    /// `SSL_READ_EARLY_DATA_ERROR`
    Error,
    /// `SSL_READ_EARLY_DATA_SUCCESS`, and how many bytes.
    Data(usize),
    /// `SSL_READ_EARLY_DATA_FINISH`
    Finished,
}

/// A connection's early data.
#[derive(Default)]
pub struct EarlyData {
    /// Where it stands.
    pub stage: Cell<Stage>,
    /// Whether it was sent and accepted.
    pub status: Cell<Status>,
    /// Bytes of it so far: sent, received, or passed over because rejected.
    count: Cell<u64>,
    /// Whether the next record may be early data that the server rejected.
    skipping: Cell<bool>,
    /// Whether a server asked for another ClientHello.
    pub retry: Cell<bool>,
    /// Whether a record was decrypted.
    opened: Cell<bool>,
    /// Whether a handshake pauses for it.
    paused: Cell<bool>,
    /// What a server wrote early to a client that it will authenticate first.
    unsent: RefCell<Vec<u8>>,
}

impl EarlyData {
    /// Forgets the last connection's.
    pub fn clear(&self) {
        self.stage.set(Stage::None);
        self.status.set(Status::NotSent);
        self.count.set(0);
        self.retry.set(false);
        self.skipping.set(false);
        self.paused.set(false);
        self.unsent.take();
    }

    /// Whether a client may still send some, so that its first flight is not
    /// at its end.
    pub fn is_open(&self) -> bool {
        matches!(self.stage.get(), Stage::Connecting | Stage::WriteRetry | Stage::Writing | Stage::WriteFlush)
    }

    /// Whether an alert may be encrypted though the handshake is not finished.
    pub fn permits_alert(&self, server: bool) -> bool {
        if server { self.status.get() == Status::Accepted } else { self.stage.get() == Stage::Writing }
    }

    /// Whether the next record may be one of rejected early data.
    pub fn is_skipping(&self) -> bool {
        self.skipping.get()
    }

    /// Whether it may be one ahead of a second ClientHello.
    pub fn skips_clear_records(&self) -> bool {
        self.skipping.get() && self.retry.get()
    }

    /// A record was decrypted: it was none of rejected early data.
    pub fn on_opened(&self) {
        self.opened.set(true);
    }
}

/// A rejected record's protection may take so many bytes beyond the limit: six
/// records of one byte, with tag and content type each, and an alert.
const CIPHERTEXT_OVERHEAD: u64 = 6 * 17 + 2;
const HEADER: usize = 5;
const TAG: usize = 16;
/// Bytes of a server's early answers that may wait for its client's Finished.
const MOST_UNSENT: usize = 64 * 1024;
/// A ticket may be so much older than its client says, milliseconds.
const AGE_ALLOWANCE: u32 = 10_000;
const SSL_OP_NO_TICKET: u64 = 1 << 14;
const SSL_OP_NO_ANTI_REPLAY: u64 = 1 << 24;
const INTERNAL_ERROR: u8 = 80;
const UNEXPECTED_MESSAGE: u8 = 10;

impl Connection {
    /// `SSL_write_early_data`: how many bytes were sent.
    pub fn write_early_data(&self, data: &[u8]) -> Result<usize, Stop> {
        let stage = self.early_data.stage.get();
        match stage {
            Stage::None => {
                let allowed = !self.is_server()
                    && self.state.get().is_before()
                    && self.current_session().is_some_and(|s| s.read(|fields| fields.max_early_data > 0));
                if !allowed {
                    return Err(not_now());
                }
                self.send_early_data(data)
            }
            Stage::ConnectRetry | Stage::WriteRetry | Stage::WriteFlush => self.send_early_data(data),
            Stage::FinishedReading | Stage::ReadRetry => self.write_unauthenticated(data),
            _ => Err(not_now()),
        }
    }

    fn send_early_data(&self, data: &[u8]) -> Result<usize, Stop> {
        let stage = &self.early_data.stage;
        if matches!(stage.get(), Stage::None | Stage::ConnectRetry) {
            if self.role.get() == Role::Undecided {
                self.set_role(Role::Client);
            }
            stage.set(Stage::Connecting);
            if let Err(stop) = self.handshake() {
                stage.set(Stage::ConnectRetry);
                return Err(stop);
            }
            stage.set(Stage::WriteRetry);
        }
        if stage.get() == Stage::WriteRetry {
            stage.set(Stage::Writing);
            let written = self.encrypt_early_data(data);
            stage.set(Stage::WriteRetry);
            written?;
            stage.set(Stage::WriteFlush);
        }
        self.unflushed.set(true);
        self.flush()?;
        stage.set(Stage::WriteRetry);
        Ok(data.len())
    }

    fn encrypt_early_data(&self, data: &[u8]) -> Result<(), Stop> {
        if self.state.get().is_finished() {
            // The handshake ended while data was read: this goes out after it.
            return self.write(data).map(|_| ());
        }
        let limit = self.current_session().map_or(0, |session| session.read(|fields| fields.max_early_data));
        self.count_early_data(data.len(), limit.into(), INTERNAL_ERROR)?;
        // A session that could not be offered after all takes its early data
        // along: it counts as rejected.
        match self.with_engine(&mut [], |engine, io| engine.write_early(data, io)) {
            (_, Ok(_)) => Ok(()),
            (_, Err(error)) => Err(self.engine_failed(&error)),
        }
    }

    /// A server's data to a client whose Finished has not come.
    fn write_unauthenticated(&self, data: &[u8]) -> Result<usize, Stop> {
        if self.state.get().is_finished() {
            return self.write(data);
        }
        // So that not more than one answer waits to be sent.
        self.flush()?;
        match self.with_engine(&mut [], |engine, io| engine.write(data, io)) {
            (_, Ok(Progress::Traffic)) => {
                // It is sealed, and must not be written once more: what the BIO does not take
                // now goes ahead of what follows.
                self.unflushed.set(true);
                err::set_mark();
                let _ = self.flush();
                err::pop_to_mark();
                self.want.set(Want::Nothing);
            }
            // rustls writes nothing before a client's certificate: it waits.
            (_, Ok(_)) if self.early_data.unsent.borrow().len() + data.len() <= MOST_UNSENT => {
                self.early_data.unsent.borrow_mut().extend_from_slice(data);
            }
            (_, Ok(_)) => {
                self.resume_handshake(Call::Handshake);
                self.handshake()?;
                return self.write(data);
            }
            (_, Err(error)) => return Err(self.engine_failed(&error)),
        }
        Ok(data.len())
    }

    /// Encrypts what had to wait for the client's Finished.
    pub fn send_unsent(&self) -> Result<(), Stop> {
        let unsent = self.early_data.unsent.take();
        if unsent.is_empty() {
            return Ok(());
        }
        match self.with_engine(&mut [], |engine, io| engine.write(&unsent, io)) {
            (_, Ok(_)) => Ok(()),
            (_, Err(error)) => Err(self.engine_failed(&error)),
        }
    }

    /// `SSL_read_early_data`.
    pub fn read_early_data(&self, target: &mut [u8]) -> EarlyRead {
        if !self.may_be_server() {
            not_now();
            return EarlyRead::Error;
        }
        let stage = &self.early_data.stage;
        match stage.get() {
            Stage::None if !self.state.get().is_before() => {
                not_now();
                return EarlyRead::Error;
            }
            Stage::None | Stage::AcceptRetry => {
                if self.role.get() == Role::Undecided {
                    self.set_role(Role::Server);
                }
                stage.set(Stage::Accepting);
                if self.handshake().is_err() {
                    stage.set(Stage::AcceptRetry);
                    return EarlyRead::Error;
                }
            }
            Stage::ReadRetry => {}
            _ => {
                not_now();
                return EarlyRead::Error;
            }
        }
        if self.early_data.status.get() == Status::Accepted {
            stage.set(Stage::Reading);
            let read = self.read(target);
            if read.is_ok() || stage.get() != Stage::FinishedReading {
                stage.set(Stage::ReadRetry);
                return read.map_or(EarlyRead::Error, EarlyRead::Data);
            }
        }
        stage.set(Stage::FinishedReading);
        EarlyRead::Finished
    }

    fn may_be_server(&self) -> bool {
        match self.role.get() {
            Role::Server => true,
            Role::Client => false,
            Role::Undecided => self.settings.borrow().method.server,
        }
    }

    /// Whether a handshake pauses here, for early data to be written or read.
    pub fn pauses_for_early_data(&self) -> bool {
        match self.early_data.stage.get() {
            // The ClientHello is sent.
            Stage::Connecting => true,
            // The server's Finished is sent, or its HelloRetryRequest.
            Stage::Accepting => {
                let negotiated = self.negotiated.borrow();
                negotiated.version == 0x0304 && (!negotiated.finished.is_empty() || self.early_data.retry.get())
            }
            _ => false,
        }
    }

    /// Pauses the handshake.
    pub fn pause_for_early_data(&self) {
        self.early_data.paused.set(true);
        self.state.set(State { message: message::EARLY_DATA, in_init: false, failed: false });
        self.info(info::HANDSHAKE_DONE, 1);
    }

    /// Whether a handshake pauses for early data.
    pub fn is_paused(&self) -> bool {
        let state = self.state.get();
        state.message == message::EARLY_DATA && !state.in_init && !state.failed
    }

    /// A server read a record of early data, or the message that ends it: then
    /// the handshake goes on as far as it can, and nothing early is left to read.
    /// `before` is the stage before that record.
    pub fn after_early_record(&self, len: usize, before: Stage) -> Result<(), Stop> {
        self.on_early_data_received(len)?;
        if self.early_data.stage.get() == Stage::FinishedReading {
            self.resume_handshake(Call::Handshake);
            self.handshake()?;
            if before == Stage::Reading {
                return Err(Stop::Failed);
            }
        }
        Ok(())
    }

    /// A paused handshake goes on: for the application it starts again.
    pub fn leave_pause(&self) {
        if self.early_data.paused.take() {
            self.info(info::HANDSHAKE_START, 1);
        }
    }

    /// Before another call than those for early data: the handshake goes on if
    /// that is what the call needs.
    pub fn resume_handshake(&self, call: Call) {
        if call != Call::Handshake || self.state.get().in_init {
            self.prepare_to_wait();
        }
        if !self.is_paused() {
            return;
        }
        let stage = &self.early_data.stage;
        let goes_on = match (call, self.is_server()) {
            (Call::Handshake, _) => true,
            (Call::Read, false) => true,
            (Call::Write, false) => stage.get() != Stage::Writing,
            (_, true) => stage.get() == Stage::FinishedReading,
        };
        if goes_on {
            if self.early_data.is_open() {
                stage.set(Stage::FinishedWriting);
            }
            self.state.set(State { in_init: true, ..self.state.get() });
        }
    }

    /// Whether application data may be read or written while early data waits
    /// to be dealt with: an error on the queue if not.
    pub fn early_data_permits(&self, call: Call) -> Result<(), Stop> {
        let forbidden = match self.early_data.stage.get() {
            Stage::ConnectRetry | Stage::AcceptRetry => true,
            Stage::ReadRetry => call == Call::Write,
            _ => false,
        };
        if forbidden {
            err::raise(err::ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
            return Err(Stop::Ended);
        }
        Ok(())
    }

    /// Before the ClientHello: whether it announces early data. What was agreed
    /// upon with the session must be asked for again.
    pub fn offers_early_data(&self) -> Result<bool, Stop> {
        if self.early_data.stage.get() != Stage::Connecting {
            return Ok(false);
        }
        let Some(fields) = self.current_session().map(|session| session.read(Clone::clone)) else { return Ok(false) };
        if fields.max_early_data == 0 {
            return Ok(false);
        }
        if fields.hostname.is_some() && fields.hostname != *self.hostname.borrow() {
            return Err(self.fatal(Some(INTERNAL_ERROR), reason::INCONSISTENT_EARLY_DATA_SNI));
        }
        let offered = self.settings.borrow().alpn.clone();
        let asked_for = |protocol: &[u8]| crate::engine::protocols(&offered).iter().any(|name| name == protocol);
        if fields.alpn.as_deref().is_some_and(|protocol| !asked_for(protocol)) {
            return Err(self.fatal(Some(INTERNAL_ERROR), reason::INCONSISTENT_EARLY_DATA_ALPN));
        }
        self.early_data.status.set(Status::Rejected);
        Ok(true)
    }

    /// Whether a server recognises replays of early data: then each ticket is
    /// the id of a cached session, and good for once.
    pub fn prevents_replay(&self) -> bool {
        let settings = self.settings.borrow();
        settings.max_early_data > 0 && settings.options & SSL_OP_NO_ANTI_REPLAY == 0
    }

    /// Whether TLS 1.3 tickets are ids of cached sessions.
    pub fn stateful_tickets(&self) -> bool {
        self.settings.borrow().options & SSL_OP_NO_TICKET != 0 || self.prevents_replay()
    }

    /// A server's decision about the early data that a ClientHello announces,
    /// once the session and the protocol of the application are settled.
    pub fn decide_early_data(&self, hello: &ClientHello, alpn: &[u8]) {
        if !hello.early_data || self.negotiated.borrow().version != 0x0304 {
            return;
        }
        let accepted = self.may_accept_early_data(hello, alpn) && self.allows_early_data();
        self.early_data.status.set(if accepted { Status::Accepted } else { Status::Rejected });
        self.early_data.skipping.set(!accepted);
    }

    fn may_accept_early_data(&self, hello: &ClientHello, alpn: &[u8]) -> bool {
        let first = self.candidate.borrow().as_ref().is_some_and(|candidate| {
            candidate.fresh
                && candidate.session.read(|fields| {
                    // rustls derives the keys by the suite of the handshake.
                    fields.cipher == candidate.suite && fields.alpn.as_deref().unwrap_or_default() == alpn
                })
        });
        let groups = self.allowed_groups();
        let retry = !hello.key_shares.iter().any(|share| groups.contains(&share.group));
        first && !retry && self.settings.borrow().max_early_data > 0 && self.early_data.stage.get() == Stage::Accepting
    }

    fn allows_early_data(&self) -> bool {
        let callback = self.inherited.get().allow_early_data;
        callback.function.is_none_or(|function| callbacks::allow_early_data(function, self, callback.arg))
    }

    /// Whether rustls is to accept the early data.
    pub fn accepts_early_data(&self) -> bool {
        self.early_data.status.get() == Status::Accepted
    }

    /// Whether early secrets are for use: rustls's server derives them always.
    pub fn has_early_data(&self) -> bool {
        match self.early_data.status.get() {
            Status::NotSent => false,
            Status::Rejected => !self.is_server(),
            Status::Accepted => true,
        }
    }

    /// The server's answer in EncryptedExtensions, as a client sees it.
    pub fn on_early_data_accepted(&self) {
        if self.early_data.status.get() == Status::Rejected {
            self.early_data.status.set(Status::Accepted);
        }
    }

    /// A server read the client's EndOfEarlyData.
    pub fn on_end_of_early_data(&self) {
        // Other keys follow, which rustls does not see to here.
        if self.tap.has_partial_message() {
            self.failure.set(Some((reason::NOT_ON_RECORD_BOUNDARY, alert::UNEXPECTED_MESSAGE)));
            return;
        }
        self.early_data.stage.set(Stage::FinishedReading);
    }

    /// rustls did not resume the session after all, and so rejects early data.
    pub fn on_early_data_declined(&self) {
        if self.early_data.status.get() == Status::Accepted {
            self.early_data.status.set(Status::Rejected);
            self.early_data.skipping.set(true);
        }
    }

    /// A server asks for another ClientHello: that ends early data.
    pub fn on_retry_sent(&self) {
        self.early_data.retry.set(true);
        if self.early_data.status.get() != Status::NotSent {
            self.early_data.status.set(Status::Rejected);
            self.early_data.skipping.set(true);
        }
    }

    fn on_early_data_received(&self, len: usize) -> Result<(), Stop> {
        if len == 0 {
            return Ok(());
        }
        let announced = self.current_session().map_or(0, |session| session.read(|fields| fields.max_early_data));
        let limit = announced.min(self.settings.borrow().recv_max_early_data);
        self.count_early_data(len, limit.into(), UNEXPECTED_MESSAGE)
    }

    /// A handshake does not go on before its early data is read: none of it may be
    /// taken for what comes after.
    pub fn refuse_unread_early_data(&self) -> Result<(), Stop> {
        if !self.is_server() || !self.accepts_early_data() || self.buffers.pending() == 0 {
            return Ok(());
        }
        self.buffers.drop_plaintext();
        Err(self.fatal(Some(UNEXPECTED_MESSAGE), reason::UNEXPECTED_RECORD))
    }

    /// Lets rustls work on a record that may be early data which was rejected,
    /// and so be passed over unread: only so much of it is borne.
    pub fn process_or_skip(&self) -> Result<(usize, Progress), Stop> {
        let record = self.buffers.collected();
        self.early_data.opened.set(false);
        let processed = self.process(&mut [])?;
        if self.early_data.skipping.get() && record > HEADER {
            if self.early_data.opened.get() {
                self.early_data.skipping.set(false);
            } else if self.tap.last_record.get().0 != HANDSHAKE
                && (self.buffers.last_was_data() || self.buffers.collected() > 0)
            {
                // rustls would try it again with each record that follows.
                self.buffers.drop_collected();
                self.count_skipped(record.saturating_sub(HEADER + TAG).max(1))?;
            }
        }
        Ok(processed)
    }

    /// `len` bytes of rejected early data are passed over: only so much is borne.
    pub fn count_skipped(&self, len: usize) -> Result<(), Stop> {
        let limit = u64::from(self.settings.borrow().recv_max_early_data);
        let most = if limit == 0 { 0 } else { limit + CIPHERTEXT_OVERHEAD };
        self.count_early_data(len, most, UNEXPECTED_MESSAGE).inspect_err(|_| self.want_record())
    }

    fn count_early_data(&self, len: usize, limit: u64, alert: u8) -> Result<(), Stop> {
        let count = self.early_data.count.get().saturating_add(len as u64);
        if limit == 0 || count > limit {
            return Err(self.fatal(Some(alert), reason::TOO_MUCH_EARLY_DATA));
        }
        self.early_data.count.set(count);
        Ok(())
    }
}

/// Which kind of call a program makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    /// `SSL_do_handshake` and its kin
    Handshake,
    /// `SSL_read` and its kin
    Read,
    /// `SSL_write` and its kin
    Write,
}

fn not_now() -> Stop {
    err::raise(err::ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    Stop::Failed
}

/// Whether a ticket's age is what its client says, so that it cannot have been
/// held back for long (RFC 8446, 8.3).
pub fn is_fresh(fields: &Fields, identity: &PskIdentity) -> bool {
    let age = now().saturating_sub(fields.time) as u32;
    let age_ms = age.wrapping_mul(1000);
    let claimed = identity.obfuscated_age.wrapping_sub(fields.age_add);
    fields.timeout >= i64::from(age)
        && age_ms / 1000 == age
        && claimed <= age_ms.wrapping_add(1000)
        && claimed.wrapping_add(AGE_ALLOWANCE) >= age_ms.wrapping_add(1000)
}
