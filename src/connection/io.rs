//! Records between the BIOs and the buffers, and fatal errors.

use std::cell::Cell;
use std::ops::Range;

use libc::c_int;
use zeroize::Zeroize;

use super::extensions::Refusal;
use super::messages::{Direction, HANDSHAKE};
use super::old_hello;
use super::record_rules::Fate;
use super::state::message;
use super::{Connection, RECEIVED_SHUTDOWN, Role, SENT_SHUTDOWN, Want, info, spare};
use crate::cell::RefCell;
use crate::engine::provider::HELD_RECORD;
use crate::engine::{Engine, Error, Io, Output, Progress, SentAs, errors};
use crate::libcrypto::bio::Bio;
use crate::libcrypto::err;
use crate::reason::{self, alert};

/// The most of a TLS 1.3 record: plaintext plus the most that protection may add. TLS 1.2's of
/// these suites are not longer.
const MAX_TLS13_RECORD: usize = 16384 + 256;
/// The same of TLS 1.2, less than the protocol allows: the most that OpenSSL's suites add.
const MAX_RECORD: usize = 16384 + 256 + 64;
/// What OpenSSL's buffer holds besides a header. It does not try to read what is longer.
const OPENSSL_READS: usize = MAX_RECORD + 3;
/// Of a record.
pub const HEADER: usize = 5;
/// The most that a record holds.
pub const MAX_FRAGMENT: usize = 16384;
/// A hello of SSL 2 is not longer.
const MAX_OLD_HELLO: usize = 16384 + 2048;
const READ_AHEAD: usize = 32 * 1024;
/// Content type.
pub const CHANGE_CIPHER_SPEC: u8 = 20;
/// Content type.
pub const ALERT: u8 = 21;
/// Content type.
pub const APPLICATION_DATA: u8 = 23;
const SSL_OP_IGNORE_UNEXPECTED_EOF: u64 = 1 << 7;
const SSL_OP_CLEANSE_PLAINTEXT: u64 = 1 << 1;

/// Why a call cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It may be called again when this is over.
    Want(Want),
    /// It failed and said why on the error queue, or the BIO did.
    Failed,
    /// The peer ended the connection; OpenSSL's functions answer 0 then.
    Ended,
}

impl Stop {
    /// What OpenSSL's reading and writing functions answer.
    pub fn code(self) -> c_int {
        match self {
            Self::Ended => 0,
            Self::Want(_) | Self::Failed => -1,
        }
    }

    /// The same from a handshake that a read or write runs: a peer that gives it up is a failure.
    pub fn of_handshake(self) -> Self {
        if self == Self::Ended { Self::Failed } else { self }
    }
}

/// The record that comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// It is not all there.
    Incomplete,
    /// One of application data, by its header, with a body of this length.
    Data(usize),
    /// Another one, or no record.
    Other,
}

/// The buffers of a connection.
#[derive(Default)]
pub struct Buffers {
    /// Bytes read that are no whole record yet (with read-ahead also more).
    partial: RefCell<Vec<u8>>,
    /// Whether the header that `partial` begins with was looked at.
    header_known: Cell<bool>,
    /// Whole records that rustls has not used up.
    input: RefCell<Vec<u8>>,
    /// How much of `input` rustls has looked at.
    seen: Cell<usize>,
    /// The beginning of a hello that came in several records.
    hello: RefCell<Vec<u8>>,
    /// Records to be sent.
    pub output: RefCell<Output>,
    /// How much of `output` the BIO took already.
    sent: Cell<usize>,
    /// The BIO is being given `output`.
    sending: Cell<bool>,
    /// Application data that nobody has read yet.
    plaintext: RefCell<Vec<u8>>,
    /// How much of `plaintext` was read.
    taken: Cell<usize>,
    /// How many records without content came last.
    empty_records: Cell<u32>,
    /// Whether a record was read on this connection.
    any_record: Cell<bool>,
    /// Whether the last record was one of application data, by its header.
    last_was_data: Cell<bool>,
}

impl Buffers {
    /// Forgets everything.
    pub fn clear(&self) {
        self.partial.borrow_mut().clear();
        self.input.borrow_mut().clear();
        self.hello.take();
        self.output.borrow_mut().clear();
        self.plaintext.borrow_mut().clear();
        self.sent.set(0);
        self.seen.set(0);
        self.taken.set(0);
        self.any_record.set(false);
        self.empty_records.set(0);
        self.header_known.set(false);
    }

    /// Bytes of application data that can be read without the BIO.
    pub fn pending(&self) -> usize {
        self.plaintext.borrow().len() - self.taken.get()
    }

    /// Whether rustls has nothing to work on.
    pub fn has_no_input(&self) -> bool {
        self.input.borrow().is_empty()
    }

    /// Whether there are bytes to be read without the BIO, be it a part of a record. A header
    /// that was looked at does not count, nor does what waits for the rest of its message:
    /// who asks would try to read in vain, and ask again.
    pub fn has_unread(&self) -> bool {
        let known = if self.header_known.get() { HEADER } else { 0 };
        self.pending() > 0 || self.partial.borrow().len() > known
    }

    /// Whether anything was read that has not been delivered.
    pub fn has_pending(&self) -> bool {
        self.pending() > 0 || !self.partial.borrow().is_empty() || !self.input.borrow().is_empty()
    }

    /// Bytes of whole records that rustls has not used up.
    pub fn collected(&self) -> usize {
        self.input.borrow().len()
    }

    /// Drops a record that rustls passed over, which it would try again.
    pub fn drop_collected(&self) {
        self.input.borrow_mut().clear();
    }

    /// Drops application data that nobody may read.
    pub fn drop_plaintext(&self) {
        self.plaintext.borrow_mut().clear();
        self.taken.set(0);
    }

    /// Whether the last record's header said that it is application data.
    pub fn last_was_data(&self) -> bool {
        self.last_was_data.get()
    }

    /// Whether records wait to be sent.
    pub fn has_output(&self) -> bool {
        !self.output.borrow().is_empty()
    }

    /// Gives back memory that is not in use.
    pub fn release(&self) {
        for buffer in [&self.partial, &self.input, &self.plaintext] {
            let mut buffer = buffer.borrow_mut();
            if buffer.is_empty() {
                spare::give(&mut buffer);
            }
        }
        if !self.has_output() {
            self.output.borrow_mut().clear();
        }
    }

    /// `input` begins with the handshake message `from`, in records of its own kind: puts
    /// another one in its place. `false` when it does not.
    pub fn exchange_message(&self, from: &[u8], to: &[u8]) -> bool {
        exchange(&mut self.input.borrow_mut(), from, to)
    }

    /// How many records without content came last, with the one that came now.
    pub fn count_record(&self, empty: bool) -> u32 {
        let count = if empty { self.empty_records.get() + 1 } else { 0 };
        self.empty_records.set(count);
        count
    }

    /// Forgets what was to be sent.
    pub fn drop_output(&self) {
        self.output.borrow_mut().clear();
        self.sent.set(0);
    }

    /// A copy of the first record of `partial`, `len` bytes.
    pub fn first_record(&self, len: usize) -> Vec<u8> {
        self.partial.borrow()[..len].to_vec()
    }

    /// Appends a record to `input`.
    pub fn add_input(&self, record: &[u8]) {
        self.input.borrow_mut().extend_from_slice(record);
    }

    /// Puts what is in the first record of `partial`, `len` bytes, to the beginning of the hello.
    fn gather(&self, len: usize) {
        self.hello.borrow_mut().extend_from_slice(self.partial.borrow().get(HEADER..len).unwrap_or_default());
        self.drop_record(len);
    }

    /// The first record of `partial` has the end of the hello: all of it goes to `input`.
    fn take_hello(&self, len: usize) {
        if self.hello.borrow().is_empty() {
            return self.take_record(len);
        }
        self.gather(len);
        append_records(&mut self.input.borrow_mut(), &self.hello.take());
    }

    /// Forgets the first `len` bytes of `partial`, or all if a callback has meanwhile taken some.
    pub fn drop_record(&self, len: usize) {
        self.header_known.set(false);
        let mut partial = self.partial.borrow_mut();
        let len = len.min(partial.len());
        partial.drain(..len);
    }

    /// Moves the first `len` bytes of `partial` to `input`, or all if a callback has meanwhile
    /// taken some.
    #[inline]
    pub fn take_record(&self, len: usize) {
        self.header_known.set(false);
        let mut partial = self.partial.borrow_mut();
        let len = len.min(partial.len());
        let mut input = self.input.borrow_mut();
        if input.is_empty() && partial.len() == len {
            std::mem::swap(&mut *partial, &mut *input);
        } else {
            input.extend(partial.drain(..len));
        }
    }

    /// What `partial` begins with.
    pub fn next_record(&self) -> Next {
        let partial = self.partial.borrow();
        self.header_known.set(partial.len() >= HEADER);
        match partial.first_chunk::<HEADER>() {
            None => Next::Incomplete,
            Some(&[APPLICATION_DATA, 3, 3, high, low]) => match usize::from(u16::from_be_bytes([high, low])) {
                len if len > MAX_TLS13_RECORD => Next::Other,
                len if partial.len() < HEADER + len => Next::Incomplete,
                len => Next::Data(len),
            },
            Some(_) => Next::Other,
        }
    }

    /// Works on the body of the record that `partial` begins with, `len` bytes.
    pub fn with_next_record<R>(&self, len: usize, work: impl FnOnce(&mut [u8]) -> R) -> R {
        work(&mut self.partial.borrow_mut()[HEADER..HEADER + len])
    }

    /// Of the record that `partial` begins with, whose body is `len` bytes long, `data`
    /// is what can be read now. There was nothing else to read. What is copied leaves
    /// nothing behind if it is to be `wiped`.
    pub fn keep_data(&self, len: usize, data: Range<usize>, wiped: bool) {
        let mut partial = self.partial.borrow_mut();
        let mut plaintext = self.plaintext.borrow_mut();
        self.header_known.set(false);
        if data.is_empty() {
            partial.drain(..HEADER + len);
            return;
        }
        self.empty_records.set(0);
        let data = HEADER + data.start..HEADER + data.end;
        if partial.len() == HEADER + len {
            partial.truncate(data.end);
            std::mem::swap(&mut *partial, &mut *plaintext);
            self.taken.set(data.start);
        } else {
            plaintext.extend_from_slice(&partial[data.clone()]);
            if wiped {
                partial[data].zeroize();
            }
            partial.drain(..HEADER + len);
        }
    }

    /// Copies out application data, and removes it unless `peek`, with no copy left if it
    /// is to be `wiped`.
    pub fn take_plaintext(&self, target: &mut [u8], peek: bool, wiped: bool) -> usize {
        let mut plaintext = self.plaintext.borrow_mut();
        let rest = &mut plaintext[self.taken.get()..];
        let len = rest.len().min(target.len());
        target[..len].copy_from_slice(&rest[..len]);
        if !peek {
            if wiped {
                rest[..len].zeroize();
            }
            self.taken.set(self.taken.get() + len);
            if self.taken.get() == plaintext.len() {
                plaintext.clear();
                spare::give(&mut plaintext);
                self.taken.set(0);
            }
        }
        len
    }
}

impl Connection {
    /// Runs `work` on rustls's connection, with this as its current one. What
    /// it decrypts goes to `direct` first, then to the plaintext buffer; the
    /// count that went to `direct` is returned with the result.
    pub fn with_engine(
        &self,
        direct: &mut [u8],
        work: impl FnOnce(&mut Engine, &mut Io<'_>) -> Result<Progress, Error>,
    ) -> (usize, Result<Progress, Error>) {
        if self.state.get().failed {
            // In a call that a callback made. rustls cannot go on after its alert.
            return (0, Err(Error::HandshakeNotComplete));
        }
        // Taken out, so that callbacks find no borrow in their way.
        let Some(mut engine) = self.engine.take() else {
            return (0, Err(Error::HandshakeNotComplete));
        };
        let mut input = self.buffers.input.take();
        let mut output = self.buffers.output.take();
        let mut plaintext = self.buffers.plaintext.take();
        let mut filled = 0;
        let result = crate::engine::current::enter(self.handle(), || {
            let mut io = Io {
                input: &mut input,
                output: &mut output,
                plaintext: &mut |data: &[u8]| {
                    let len = if plaintext.is_empty() { data.len().min(direct.len() - filled) } else { 0 };
                    direct[filled..filled + len].copy_from_slice(&data[..len]);
                    filled += len;
                    plaintext.extend_from_slice(&data[len..]);
                },
                hold: self.early_data.is_open(),
                sent: &|output, start| {
                    if self.state.get().in_init || self.state.get().failed {
                        self.rewrite_records(output, start);
                        self.on_clear_records(Direction::Out, &mut output[start..]);
                    }
                },
            };
            work(&mut engine, &mut io)
        });
        if self.wipes_plaintext() {
            // rustls opened it there.
            wipe_spare(&mut input);
        }
        self.buffers.seen.set(input.len());
        if input.is_empty() {
            spare::give(&mut input);
        }
        self.buffers.input.replace(input);
        self.buffers.output.replace(output);
        self.buffers.plaintext.replace(plaintext);
        self.engine.replace(Some(engine));
        (filled, result)
    }

    /// Whether the program wants no copy of what it has read to be left in the buffers.
    pub fn wipes_plaintext(&self) -> bool {
        self.settings.borrow().options & SSL_OP_CLEANSE_PLAINTEXT != 0
    }

    /// Lets rustls work on what was read.
    pub fn process(&self, direct: &mut [u8]) -> Result<(usize, Progress), Stop> {
        if self.awaits_decision() {
            return Ok((0, Progress::Handshaking));
        }
        match self.with_engine(direct, |engine, io| engine.process(io)) {
            (filled, Ok(progress)) => {
                if self.tap.takes_refusal() {
                    self.refuse_renegotiation()?;
                }
                Ok((filled, progress))
            }
            (_, Err(error)) => Err(self.engine_failed(&error)),
        }
    }

    fn refuse_renegotiation(&self) -> Result<(), Stop> {
        const WARNING: [u8; 2] = [1, alert::NO_RENEGOTIATION];
        if self.buffers.has_output() {
            // One waits to be sent already, or something else does: a peer that asks and does not
            // read must not fill the memory.
            return Ok(());
        }
        let (_, result) = self.with_engine(&mut [], |engine, io| engine.write_as(SentAs::Alert, &WARNING, io));
        result.map(|_| ()).map_err(|error| self.engine_failed(&error))
    }

    /// Turns rustls's failure into OpenSSL's: sends the alert, fills the queue.
    #[cold]
    #[inline(never)]
    pub fn engine_failed(&self, error: &Error) -> Stop {
        if self.state.get().failed {
            return Stop::Failed;
        }
        let failure = self.failure.take();
        if let (None, Error::AlertReceived(_), Some((_, description))) = (failure, error, self.tap.received_alert.get())
        {
            return self.alert_received(description);
        }
        let (reason, alert) = failure.unwrap_or_else(|| self.explain(error));
        let (reason, alert) = self.point_failure(reason).unwrap_or((reason, alert));
        let alert = errors::alert_in(self.negotiated.borrow().version, alert);
        if reason == reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC {
            self.want_record();
            self.raise_cipher_error(reason);
        }
        if let Error::NoCertificatesPresented = error {
            if !self.is_server() {
                self.set_message(message::CR_CERT);
            }
        }
        if reason == reason::BINDER_DOES_NOT_VERIFY {
            // OpenSSL takes the session up when it has looked at the binder.
            self.reused.set(false);
            self.verify_result.set(0);
        }
        self.settle_state(reason);
        err::raise(reason);
        self.send_rustls_alert(alert);
        let in_clear = !self.tap.changed_out() || self.alerts_in_clear();
        if in_clear && self.tap.sent_alert.get().is_none() {
            self.queue_clear_alert(alert);
        }
        self.failed(true);
        Stop::Failed
    }

    /// What libcrypto's AES-GCM has to say about a TLS 1.2 record.
    pub fn raise_cipher_error(&self, reason: c_int) {
        const PROV_R_CIPHER_OPERATION_FAILED: c_int = 102;
        const CHACHA20: std::ops::RangeInclusive<u16> = 0xcca8..=0xccaa;
        const GCM_OVERHEAD: usize = 8 + 16;
        let negotiated = self.negotiated.borrow();
        let gcm = negotiated.version == 0x0303 && !CHACHA20.contains(&negotiated.cipher);
        if gcm && reason == reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC && self.tap.last_record.get().1 >= GCM_OVERHEAD
        {
            err::raise_lib(err::ERR_LIB_PROV, PROV_R_CIPHER_OPERATION_FAILED);
        }
    }

    fn explain(&self, error: &Error) -> (c_int, u8) {
        let (record, len) = self.tap.last_record.get();
        let moment = errors::Moment {
            client: !self.is_server(),
            version: self.negotiated.borrow().version,
            record,
            len,
            message: self.tap.last_message.borrow().clone(),
            in_init: self.state.get().in_init,
            changed: self.tap.changed_in(),
        };
        errors::classify(error, &moment)
    }

    /// Where OpenSSL stands when it fails for this reason.
    pub fn settle_state(&self, reason: c_int) {
        let record = self.tap.last_record.get().0;
        if !self.state.get().in_init {
            return self.settle_late_message(reason);
        }
        let tls13 = self.negotiated.borrow().version == 0x0304;
        if record != HANDSHAKE && (record != CHANGE_CIPHER_SPEC || tls13) {
            self.want_record();
        }
        match reason {
            reason::UNEXPECTED_MESSAGE if record == HANDSHAKE || record == CHANGE_CIPHER_SPEC => self.leave_message(),
            reason::BAD_CHANGE_CIPHER_SPEC => self.leave_message(),
            reason::BAD_LENGTH if self.state.get().message == message::CR_SRVR_HELLO => {
                self.negotiated.borrow_mut().cipher = 0;
            }
            // OpenSSL finds these out before the server has a session.
            reason::NO_SHARED_CIPHER | reason::BINDER_DOES_NOT_VERIFY if tls13 && self.is_server() => {
                self.session.take();
            }
            // rustls looks at these once the server has said all.
            reason::BAD_SIGNATURE | reason::BAD_ECPOINT | reason::WRONG_SIGNATURE_TYPE
                if self.state.get().message == message::CR_SRVR_DONE =>
            {
                self.set_message(message::CR_KEY_EXCH);
            }
            _ => {}
        }
    }

    /// OpenSSL's handshake fails while it reads a record.
    pub fn want_record(&self) {
        if self.state.get().in_init {
            self.want.set(Want::Reading);
        }
    }

    /// Queues the alert that rustls made of its failure, saying `alert`.
    fn send_rustls_alert(&self, alert: u8) {
        self.tap.alert_override.set(Some(alert));
        let _ = self.with_engine(&mut [], |engine, io| {
            engine.take_alert(io);
            Ok(Progress::Handshaking)
        });
        // Before the program is shown the alert: it may call for more.
        self.set_failed();
        let Some(held) = self.tap.held_alert.take() else { return };
        {
            let mut output = self.buffers.output.borrow_mut();
            if output.ends_with(&HELD_RECORD) {
                let rest = output.len() - HELD_RECORD.len();
                output.edit(|bytes| bytes.truncate(rest));
            }
        }
        if !self.may_send() {
            return;
        }
        if self.alerts_in_clear() {
            self.queue_clear_alert(alert);
        } else if let Some(record) = held.seal(alert) {
            self.on_record(Direction::Out, ALERT, &mut [2, alert]);
            self.buffers.output.borrow_mut().extend_from_slice(&record);
        }
    }

    /// OpenSSL's client has no keys to write with before its Finished.
    fn alerts_in_clear(&self) -> bool {
        let tls13 = self.negotiated.borrow().version == 0x0304;
        tls13 && !self.is_server() && !self.tap.sent_finished.get() && !self.early_data.permits_alert(false)
    }

    /// A fatal alert came.
    pub fn alert_received(&self, description: u8) -> Stop {
        let reason = reason::ALERT_OFFSET + c_int::from(description);
        err::raise_data(reason, &format!("SSL alert number {description}"));
        self.shutdown.set(self.shutdown.get() | RECEIVED_SHUTDOWN);
        self.spoil_session();
        self.want_record();
        self.set_failed();
        Stop::Ended
    }

    /// Ends the connection with `reason` on the queue and, where the peer can
    /// still be told, `alert` on the wire.
    pub fn fatal(&self, alert: Option<u8>, reason: c_int) -> Stop {
        err::raise(reason);
        self.fatal_alert(alert)
    }

    /// As [`Connection::fatal`], where the queue is filled already.
    pub fn fatal_alert(&self, alert: Option<u8>) -> Stop {
        if self.state.get().failed {
            return Stop::Failed;
        }
        let refusal = self.refusal();
        if let Some(alert) = alert.filter(|_| self.may_send() && refusal != Some(Refusal::Sealed)) {
            if refusal.is_some() {
                self.queue_clear_alert(alert);
            } else if self.state.get().is_finished() || self.early_data.permits_alert(self.is_server()) {
                self.tap.alert_override.set(Some(alert));
                let _ = self.with_engine(&mut [], |engine, io| engine.write_as(SentAs::Alert, &[2, alert], io));
                self.tap.sent_alert.set(Some((2, alert)));
            } else if !self.tap.changed_out() || self.alerts_in_clear() {
                self.queue_clear_alert(alert);
            } else {
                self.provoke_alert(alert);
            }
        }
        self.failed(alert.is_some());
        Stop::Failed
    }

    /// In a handshake rustls encrypts no alert of ours, only its own: a record that
    /// is too long makes it send one.
    fn provoke_alert(&self, alert: u8) {
        const TOO_LONG: [u8; HEADER] = [APPLICATION_DATA, 3, 3, 0xff, 0xff];
        {
            // What rustls has looked at has to stay.
            let mut input = self.buffers.input.borrow_mut();
            input.truncate(self.buffers.seen.get());
            input.extend(TOO_LONG);
        }
        let _ = self.with_engine(&mut [], |engine, io| engine.process(io));
        self.send_rustls_alert(alert);
    }

    fn queue_clear_alert(&self, alert: u8) {
        self.set_failed();
        self.queue_clear(2, alert);
    }

    /// Tells the peer something that does not end the connection.
    pub fn queue_clear_warning(&self, alert: u8) {
        self.queue_clear(1, alert);
    }

    fn queue_clear(&self, level: u8, alert: u8) {
        if !self.may_send() {
            return;
        }
        let mut record = [ALERT, 3, 3, 0, 2, level, alert];
        self.on_clear_records(Direction::Out, &mut record);
        self.buffers.output.borrow_mut().extend_from_slice(&record);
    }

    /// After a fatal error of ours: sends what is queued. An alert spoils the
    /// session, unless close_notify has gone out before: then none is sent.
    fn failed(&self, alert: bool) {
        if alert && self.may_send() {
            self.spoil_session();
        }
        self.set_failed();
        err::set_mark();
        let want = self.want.get();
        if self.flush_records().is_ok() {
            self.want.set(want);
        }
        err::pop_to_mark();
        // Not of a close_notify that went out before.
        if let Some((level @ 2, description)) = self.tap.sent_alert.get() {
            self.info(info::WRITE_ALERT, c_int::from(level) << 8 | c_int::from(description));
        }
    }

    /// The connection is of no more use.
    pub fn set_failed(&self) {
        let mut state = self.state.get();
        state.failed = true;
        state.in_init = true;
        self.state.set(state);
    }

    /// Sends what is queued.
    pub fn flush_records(&self) -> Result<(), Stop> {
        if self.buffers.sending.get() {
            // The BIO calls back in the middle of a record, where no other may be.
            err::raise(reason::BAD_WRITE_RETRY);
            return Err(Stop::Failed);
        }
        if self.buffers.output.borrow().is_empty() {
            return Ok(());
        }
        let Some(bio) = self.wbio() else {
            err::raise(reason::BIO_NOT_SET);
            return Err(Stop::Failed);
        };
        // Taken out: the BIO may be a program's own, and call back.
        let mut output = self.buffers.output.take();
        let mut sent = self.buffers.sent.get();
        let sending = Sending::begin(&self.buffers.sending);
        let result = loop {
            if sent == output.len() {
                output.clear();
                sent = 0;
                break Ok(());
            }
            clear_system_error();
            self.want.set(Want::Writing);
            match usize::try_from(bio.write(&output[sent..])) {
                Ok(written) if written > 0 => sent += written,
                _ => break Err(if_retry(&bio, Want::Writing)),
            }
        };
        if result.is_ok() {
            self.want.set(Want::Nothing);
        }
        drop(sending);
        self.buffers.sent.set(sent);
        let queued = self.buffers.output.replace(output);
        if !queued.is_empty() {
            self.buffers.output.borrow_mut().extend_from_slice(&queued);
        }
        result
    }

    /// Sends what is queued and flushes the BIO, as after a handshake flight.
    pub fn flush(&self) -> Result<(), Stop> {
        if !self.buffers.has_output() && !self.unflushed.get() {
            return Ok(());
        }
        self.unflushed.set(true);
        // OpenSSL collects a flight in a BIO of its own, so it only notices here
        // that there is none behind it, and has no error for that.
        let Some(bio) = self.wbio() else { return Err(Stop::Failed) };
        self.flush_records()?;
        self.want.set(Want::Writing);
        if bio.flush() <= 0 {
            return Err(if_retry(&bio, Want::Writing));
        }
        self.want.set(Want::Nothing);
        self.unflushed.set(false);
        Ok(())
    }

    /// Reads one record into the input buffer.
    pub fn read_record(&self) -> Result<(), Stop> {
        loop {
            if let Some(len) = self.record_length()? {
                self.buffers.any_record.set(true);
                let kind = self.buffers.partial.borrow()[0];
                self.buffers.last_was_data.set(kind == APPLICATION_DATA);
                let header: [u8; HEADER] = std::array::from_fn(|i| self.buffers.partial.borrow()[i]);
                self.header_seen(Direction::In, &header);
                self.check_record(len)?;
                self.tap.last_record.set((kind, len - HEADER));
                if self.judge_record(kind, len)? == Fate::PassedOver {
                    self.buffers.drop_record(len);
                    continue;
                }
                if self.passes_over(len) {
                    self.buffers.drop_record(len);
                    self.count_empty(len == HEADER)?;
                    continue;
                }
                if kind != CHANGE_CIPHER_SPEC && self.awaits_decision() {
                    self.on_record_after_server_hello(false);
                }
                if kind == APPLICATION_DATA {
                    self.separate_updates();
                }
                if self.rewrites.reads() {
                    if !self.receive_rewritten(len)? {
                        self.count_empty(len == HEADER)?;
                        continue;
                    }
                } else {
                    let hello = kind == HANDSHAKE && self.awaits_hello();
                    if self.state.get().in_init {
                        // A copy: callbacks may run while it is looked at.
                        let mut record = self.buffers.first_record(len);
                        self.on_clear_records(Direction::In, &mut record);
                        self.check_record(len)?;
                    }
                    if hello && self.awaits_hello() && self.tap.has_partial_message() {
                        self.check_failure()?;
                        self.buffers.gather(len);
                        continue;
                    }
                    if hello {
                        self.buffers.take_hello(len);
                    } else {
                        self.buffers.take_record(len);
                    }
                }
                self.rewrite_input();
                if self.holds_server_hello()? {
                    continue;
                }
                return self.count_empty(len == HEADER);
            }
            self.read_more()?;
        }
    }

    /// Whether the peer's hello comes next. rustls is given it when it is whole, as it may be
    /// another one that rustls is to see.
    pub fn awaits_hello(&self) -> bool {
        if !self.state.get().in_init {
            return false;
        }
        match self.is_server() {
            true => self.awaits_client_hello() || self.early_data.retry.get(),
            false => self.negotiated.borrow().cipher == 0,
        }
    }

    /// A failure if a callback has meanwhile taken the record that it was shown, of `len` bytes,
    /// by a call of its own.
    fn check_record(&self, len: usize) -> Result<(), Stop> {
        if self.buffers.partial.borrow().len() >= len {
            return Ok(());
        }
        err::raise(err::ERR_R_INTERNAL_ERROR);
        Err(Stop::Failed)
    }

    /// Whether OpenSSL takes no notice of the next record, which rustls would not
    /// accept: an empty one, and a HelloRequest to a client in its handshake.
    fn passes_over(&self, len: usize) -> bool {
        const HELLO_REQUEST: [u8; 4] = [0; 4];
        let partial = self.buffers.partial.borrow();
        let (kind, content) = (partial[0], &partial[HEADER..len]);
        let clear = self.state.get().in_init && !self.tap.changed_in() && !self.is_tls13_encrypted();
        let request = !self.is_server() && content == HELLO_REQUEST && !self.tap.has_partial_message();
        clear && kind == HANDSHAKE && (content.is_empty() || request)
    }

    /// Whether the peer's records are encrypted, as in TLS 1.3 from the ServerHello on.
    pub fn is_tls13_encrypted(&self) -> bool {
        let negotiated = self.negotiated.borrow();
        negotiated.version == 0x0304 && negotiated.cipher != 0
    }

    /// Records without content are refused when too many follow each other;
    /// rustls counts the encrypted ones that it sees.
    pub fn count_empty(&self, empty: bool) -> Result<(), Stop> {
        // What can't be opened is none to OpenSSL.
        self.bear_empty(empty && !self.early_data.is_skipping())
    }

    /// A record that came is `empty`, or not.
    pub fn bear_empty(&self, empty: bool) -> Result<(), Stop> {
        const MOST: u32 = 32;
        if self.buffers.count_record(empty) > MOST {
            return Err(self.fatal(Some(10), reason::RECORD_TOO_SMALL));
        }
        Ok(())
    }

    /// The length of the first record in `partial` when it is all there.
    fn record_length(&self) -> Result<Option<usize>, Stop> {
        let partial = self.buffers.partial.borrow();
        let Some(&[kind, major, minor, high, low]) = partial.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        self.buffers.header_known.set(true);
        let header = [kind, major, minor, high, low];
        if self.begins_with_old_hello(&header) {
            let problem = old_hello::refuse_len(old_hello::len(&header), MAX_OLD_HELLO).or_else(|| {
                let message = partial.get(old_hello::HEADER..old_hello::HEADER + old_hello::len(&header))?;
                Some(self.refuse_old_hello(message))
            });
            drop(partial);
            let Some((reason, alert)) = problem else { return Ok(None) };
            // OpenSSL takes it for a message.
            self.set_message(message::SR_CLNT_HELLO);
            return Err(self.fatal(Some(alert), reason));
        }
        let len = usize::from(u16::from_be_bytes([high, low]));
        let problem = self.check_header(kind, major, minor, len);
        let whole = partial.len() >= HEADER + len;
        drop(partial);
        match problem {
            Some((_, reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC)) if !whole => Ok(None),
            // Its type is authenticated, too.
            Some((_, reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC))
                if self.data_keys.authenticates(&mut self.buffers.first_record(HEADER + len)) =>
            {
                Err(self.fatal(Some(10), reason::UNEXPECTED_RECORD))
            }
            Some((alert, reason)) => {
                if reason == reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC {
                    self.tap.last_record.set((kind, len));
                    self.raise_cipher_error(reason);
                }
                if kind == CHANGE_CIPHER_SPEC && reason == reason::UNEXPECTED_MESSAGE {
                    // So it does with this.
                } else {
                    self.want_record();
                }
                Err(self.fatal(alert, reason))
            }
            None => Ok(whole.then_some(HEADER + len)),
        }
    }

    /// Whether a client begins as one of SSL 2.
    fn begins_with_old_hello(&self, header: &[u8; HEADER]) -> bool {
        !self.buffers.any_record.get() && self.role.get() == Role::Server && old_hello::begins(header)
    }

    fn check_header(&self, kind: u8, major: u8, minor: u8, len: usize) -> Option<(Option<u8>, c_int)> {
        let first = !self.buffers.any_record.get();
        if self.awaits_client_hello() && major == 3 && kind != HANDSHAKE && !self.tap.has_partial_message() {
            return Some((Some(10), reason::UNEXPECTED_MESSAGE));
        }
        if major != 3 {
            if !first {
                return Some((Some(70), reason::WRONG_VERSION_NUMBER));
            }
            let reason = match [kind, major, minor, (len >> 8) as u8, len as u8] {
                [b'G', b'E', b'T', b' ', _]
                | [b'P', b'O', b'S', b'T', b' ']
                | [b'H', b'E', b'A', b'D', b' ']
                | [b'P', b'U', b'T', b' ', _] => reason::HTTP_REQUEST,
                [b'C', b'O', b'N', b'N', b'E'] => reason::HTTPS_PROXY_REQUEST,
                _ => reason::WRONG_VERSION_NUMBER,
            };
            return Some((None, reason));
        }
        if self.is_tls13_encrypted() {
            // Also where early data has interrupted it.
            let in_handshake = !self.state.get().is_finished();
            let permitted = match kind {
                APPLICATION_DATA => true,
                CHANGE_CIPHER_SPEC => in_handshake,
                // A client that has no keys yet, as far as OpenSSL knows.
                ALERT => self.is_server() && in_handshake,
                _ => false,
            };
            if !permitted {
                return Some((Some(10), reason::BAD_RECORD_TYPE));
            }
            if kind == APPLICATION_DATA && minor != 3 {
                return Some((Some(50), reason::WRONG_VERSION_NUMBER));
            }
        }
        if self.negotiated.borrow().version == 0x0303 && minor != 3 {
            // What seems to be an alert is not answered.
            let answered = kind != ALERT || self.tap.changed_out();
            return Some((answered.then_some(70), reason::WRONG_VERSION_NUMBER));
        }
        if len > OPENSSL_READS {
            return Some((Some(22), reason::PACKET_LENGTH_TOO_LONG));
        }
        let tls13 = self.is_tls13_encrypted() || self.is_server() && self.negotiated.borrow().version == 0x0304;
        if len > if tls13 { MAX_TLS13_RECORD } else { MAX_RECORD } {
            return Some((Some(22), reason::ENCRYPTED_LENGTH_TOO_LONG));
        }
        if self.tap.changed_out()
            && self.state.get().is_finished()
            && self.negotiated.borrow().version == 0x0303
            && !matches!(kind, CHANGE_CIPHER_SPEC..=APPLICATION_DATA)
        {
            // Of no type that rustls would look into.
            return Some((Some(20), reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC));
        }
        None
    }

    /// Reads what is missing of a record, or with read-ahead what there is.
    pub fn read_more(&self) -> Result<(), Stop> {
        let Some(bio) = self.rbio() else {
            err::raise(reason::READ_BIO_NOT_SET);
            return Err(Stop::Failed);
        };
        let mut partial = self.buffers.partial.take();
        if partial.capacity() == 0 {
            partial = spare::take();
        }
        let start = partial.len();
        let room = if self.settings.borrow().read_ahead != 0 {
            READ_AHEAD
        } else if let Some(header) = partial.first_chunk::<HEADER>() {
            let end = match self.begins_with_old_hello(header) {
                true => old_hello::HEADER + old_hello::len(header),
                false => HEADER + usize::from(u16::from_be_bytes([header[3], header[4]])),
            };
            end - start
        } else {
            HEADER - start
        };
        clear_system_error();
        self.want.set(Want::Reading);
        let answer = bio.append(&mut partial, room);
        self.buffers.partial.replace(partial);
        if answer <= 0 {
            // Who waits for the peer may wait for long.
            self.buffers.release();
            if self.state.get().is_finished() {
                self.tap.last_message.take();
            }
        }
        if answer > 0 {
            self.want.set(Want::Nothing);
            return Ok(());
        }
        let stop = if_retry(&bio, Want::Reading);
        if stop == Stop::Failed && bio.eof() {
            let in_handshake = self.state.get().in_init;
            if self.settings.borrow().options & SSL_OP_IGNORE_UNEXPECTED_EOF != 0 {
                self.shutdown.set(self.shutdown.get() | RECEIVED_SHUTDOWN);
                self.close_notify_received.set(true);
            } else {
                let closing = !self.may_send();
                self.want.set(if in_handshake || closing { Want::Reading } else { Want::Nothing });
                let _ = self.fatal(Some(50), reason::UNEXPECTED_EOF_WHILE_READING);
                return Err(if answer == 0 { Stop::Ended } else { Stop::Failed });
            }
            self.want.set(Want::Reading);
            return Err(if answer == 0 { Stop::Ended } else { Stop::Failed });
        }
        Err(stop)
    }

    /// Whether our end may still send.
    pub fn may_send(&self) -> bool {
        self.shutdown.get() & SENT_SHUTDOWN == 0
    }
}

/// Says that the BIO is being written to, until it goes.
struct Sending<'a>(&'a Cell<bool>);

impl<'a> Sending<'a> {
    fn begin(flag: &'a Cell<bool>) -> Self {
        flag.set(true);
        Self(flag)
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Wipes what is behind the buffer's content.
fn wipe_spare(buffer: &mut Vec<u8>) {
    let len = buffer.len();
    buffer.resize(buffer.capacity(), 0);
    buffer[len..].zeroize();
    buffer.truncate(len);
}

/// Appends records of handshake messages to `input`, which hold `content`.
fn append_records(input: &mut Vec<u8>, content: &[u8]) {
    for chunk in content.chunks(MAX_FRAGMENT) {
        input.extend([HANDSHAKE, 3, 3]);
        input.extend((chunk.len() as u16).to_be_bytes());
        input.extend_from_slice(chunk);
    }
}

/// Puts the handshake message `to` in the place of `from`, with which the records
/// begin. `false` when they do not.
fn exchange(records: &mut Vec<u8>, from: &[u8], to: &[u8]) -> bool {
    let (mut content, mut end) = (Vec::new(), 0);
    while content.len() < from.len() {
        let Some(&[HANDSHAKE, _, _, high, low]) = records[end..].first_chunk::<HEADER>() else { return false };
        let body = end + HEADER;
        end = body + usize::from(u16::from_be_bytes([high, low]));
        let Some(part) = records.get(body..end) else { return false };
        if content.is_empty() && part == from && to.len() == from.len() {
            // As nearly always.
            records[body..end].copy_from_slice(to);
            return true;
        }
        content.extend_from_slice(part);
    }
    if !content.starts_with(from) {
        return false;
    }
    let mut changed = Vec::with_capacity(records.len() + to.len());
    append_records(&mut changed, &[to, &content[from.len()..]].concat());
    records.splice(..end, changed);
    true
}

fn if_retry(bio: &Bio, want: Want) -> Stop {
    match bio.retry() {
        crate::libcrypto::bio::Retry::None => Stop::Failed,
        _ => Stop::Want(want),
    }
}

/// Whether the BIO's last call failed because the peer has closed.
pub fn system_error_is_closed() -> bool {
    crate::ffi::errno::is_closed()
}

/// So that a program finds the errno of this call, not of an earlier one.
pub fn clear_system_error() {
    crate::ffi::errno::clear();
}
