//! Records between the BIOs and the buffers, and fatal errors.

use std::cell::{Cell, RefCell};

use libc::c_int;

use super::messages::{Direction, HANDSHAKE};
use super::{Connection, RECEIVED_SHUTDOWN, Role, SENT_SHUTDOWN, Want, info};
use crate::engine::{Engine, Error, Io, Output, Progress, errors};
use crate::libcrypto::bio::Bio;
use crate::libcrypto::err;
use crate::reason;

const HEADER: usize = 5;
/// A TLS 1.2 record: plaintext plus the most that protection may add.
const MAX_RECORD: usize = 16384 + 2048;
const READ_AHEAD: usize = 32 * 1024;
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const APPLICATION_DATA: u8 = 23;
const SSL_OP_IGNORE_UNEXPECTED_EOF: u64 = 1 << 7;

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
}

/// The buffers of a connection.
#[derive(Default)]
pub struct Buffers {
    /// Bytes read that are no whole record yet (with read-ahead also more).
    partial: RefCell<Vec<u8>>,
    /// Whole records that rustls has not used up.
    input: RefCell<Vec<u8>>,
    /// Records to be sent.
    output: RefCell<Output>,
    /// How much of `output` the BIO took already.
    sent: Cell<usize>,
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
        self.output.borrow_mut().clear();
        self.plaintext.borrow_mut().clear();
        self.sent.set(0);
        self.taken.set(0);
        self.any_record.set(false);
        self.empty_records.set(0);
    }

    /// Bytes of application data that can be read without the BIO.
    pub fn pending(&self) -> usize {
        self.plaintext.borrow().len() - self.taken.get()
    }

    /// Whether rustls has nothing to work on.
    pub fn has_no_input(&self) -> bool {
        self.input.borrow().is_empty()
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
                *buffer = Vec::new();
            }
        }
        if !self.has_output() {
            self.output.borrow_mut().clear();
        }
    }

    /// The record in `input` begins with the handshake message `from`: puts another
    /// one in its place. `false` when it does not.
    pub fn exchange_message(&self, from: &[u8], to: &[u8]) -> bool {
        exchange(&mut self.input.borrow_mut(), 0, from, to)
    }

    /// The records in `input` begin with a handshake message: puts another one of
    /// the same length in its place.
    pub fn replace_message(&self, mut message: &[u8]) {
        let mut input = self.input.borrow_mut();
        let mut rest = &mut input[..];
        while let (Some(&[_, _, _, high, low]), false) = (rest.first_chunk::<HEADER>(), message.is_empty()) {
            let len = usize::from(u16::from_be_bytes([high, low]));
            let Some((record, after)) = rest.split_at_mut_checked(HEADER + len) else { return };
            let (part, later) = message.split_at(len.min(message.len()));
            record[HEADER..HEADER + part.len()].copy_from_slice(part);
            (message, rest) = (later, after);
        }
    }

    /// Moves the first `len` bytes of `partial` to `input`.
    fn take_record(&self, len: usize) {
        let mut partial = self.partial.borrow_mut();
        let mut input = self.input.borrow_mut();
        if input.is_empty() && partial.len() == len {
            std::mem::swap(&mut *partial, &mut *input);
        } else {
            input.extend(partial.drain(..len));
        }
    }

    /// Copies out application data, and removes it unless `peek`.
    pub fn take_plaintext(&self, target: &mut [u8], peek: bool) -> usize {
        let mut plaintext = self.plaintext.borrow_mut();
        let rest = &plaintext[self.taken.get()..];
        let len = rest.len().min(target.len());
        target[..len].copy_from_slice(&rest[..len]);
        if !peek {
            self.taken.set(self.taken.get() + len);
            if self.taken.get() == plaintext.len() {
                plaintext.clear();
                release_large(&mut plaintext);
                self.taken.set(0);
            }
        }
        len
    }
}

/// An idle connection keeps no more than this of each buffer.
const KEPT: usize = 2048;

/// Gives back the memory of an empty buffer, unless it is small.
fn release_large(buffer: &mut Vec<u8>) {
    if buffer.is_empty() && buffer.capacity() > KEPT {
        *buffer = Vec::new();
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
        release_large(&mut input);
        self.buffers.input.replace(input);
        self.buffers.output.replace(output);
        self.buffers.plaintext.replace(plaintext);
        self.engine.replace(Some(engine));
        (filled, result)
    }

    /// Lets rustls work on what was read.
    pub fn process(&self, direct: &mut [u8]) -> Result<(usize, Progress), Stop> {
        if self.awaits_decision() {
            return Ok((0, Progress::Handshaking));
        }
        match self.with_engine(direct, |engine, io| engine.process(io)) {
            (filled, Ok(progress)) => Ok((filled, progress)),
            (_, Err(error)) => Err(self.engine_failed(&error)),
        }
    }

    /// Turns rustls's failure into OpenSSL's: sends the alert, fills the queue.
    pub fn engine_failed(&self, error: &Error) -> Stop {
        // In the clear the alert can be replaced by OpenSSL's; for a
        // DecryptError they are the same.
        if !matches!(error, Error::DecryptError | Error::AlertReceived(_)) && self.tap.alert_override.get().is_none() {
            let (_, alert) = errors::classify(error, !self.is_server(), None);
            self.tap.alert_override.set(Some(errors::alert_in(self.negotiated.borrow().version, alert)));
        }
        if self.may_send() {
            let _ = self.with_engine(&mut [], |engine, io| {
                engine.take_alert(io);
                Ok(Progress::Handshaking)
            });
        }
        if let Some((_, description)) =
            self.tap.received_alert.get().filter(|_| matches!(error, Error::AlertReceived(_)))
        {
            return self.alert_received(description);
        }
        let (reason, alert) = match self.failure.take() {
            Some((reason, alert)) => (reason, alert),
            None => errors::classify(error, !self.is_server(), self.tap.sent_alert.get().map(|(_, alert)| alert)),
        };
        err::raise(reason);
        if self.tap.sent_alert.get().is_none() && !self.tap.changed_out() {
            self.queue_clear_alert(alert);
        }
        self.failed(true);
        Stop::Failed
    }

    /// A fatal alert came.
    fn alert_received(&self, description: u8) -> Stop {
        let reason = reason::ALERT_OFFSET + c_int::from(description);
        err::raise_data(reason, &format!("SSL alert number {description}"));
        self.shutdown.set(self.shutdown.get() | RECEIVED_SHUTDOWN);
        self.spoil_session();
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
        if let Some(alert) = alert.filter(|_| self.may_send()) {
            if self.state.get().is_finished() || self.early_data.permits_alert(self.is_server()) {
                self.tap.alert_override.set(Some(alert));
                let _ = self.with_engine(&mut [], |engine, io| engine.write_as(ALERT, &[2, alert], io));
                self.tap.sent_alert.set(Some((2, alert)));
            } else if !self.tap.changed_out() {
                self.queue_clear_alert(alert);
            }
        }
        self.failed(alert.is_some());
        Stop::Failed
    }

    fn queue_clear_alert(&self, alert: u8) {
        if !self.may_send() {
            return;
        }
        let mut record = [ALERT, 3, 3, 0, 2, 2, alert];
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
        let _ = self.flush_records();
        err::pop_to_mark();
        if let Some((level, description)) = self.tap.sent_alert.get() {
            self.info(info::WRITE_ALERT, c_int::from(level) << 8 | c_int::from(description));
        }
    }

    fn set_failed(&self) {
        let mut state = self.state.get();
        state.failed = true;
        state.in_init = true;
        self.state.set(state);
    }

    /// Sends what is queued.
    pub fn flush_records(&self) -> Result<(), Stop> {
        if self.buffers.output.borrow().is_empty() {
            return Ok(());
        }
        let Some(bio) = self.wbio.borrow().clone() else {
            err::raise(reason::BIO_NOT_SET);
            return Err(Stop::Failed);
        };
        // Taken out: the BIO may be a program's own, and call back.
        let mut output = self.buffers.output.take();
        let mut sent = self.buffers.sent.get();
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
        self.buffers.sent.set(sent);
        self.buffers.output.replace(output);
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
        let Some(bio) = self.wbio.borrow().clone() else { return Err(Stop::Failed) };
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
                if self.state.get().in_init {
                    // A copy: callbacks may run while it is looked at.
                    let mut record = self.buffers.partial.borrow()[..len].to_vec();
                    self.on_clear_records(Direction::In, &mut record);
                }
                self.buffers.take_record(len);
                self.rewrite_input();
                if self.holds_server_hello()? {
                    continue;
                }
                return self.count_empty(len == HEADER);
            }
            self.read_more()?;
        }
    }

    /// Records without content are refused when too many follow each other;
    /// rustls counts the encrypted ones.
    fn count_empty(&self, empty: bool) -> Result<(), Stop> {
        const MOST: u32 = 32;
        let count = if empty { self.buffers.empty_records.get() + 1 } else { 0 };
        self.buffers.empty_records.set(count);
        if count > MOST {
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
        let len = usize::from(u16::from_be_bytes([high, low]));
        let problem = self.check_header(kind, major, minor, len);
        let whole = partial.len() >= HEADER + len;
        drop(partial);
        match problem {
            Some((alert, reason)) => Err(self.fatal(alert, reason)),
            None => Ok(whole.then_some(HEADER + len)),
        }
    }

    fn check_header(&self, kind: u8, major: u8, minor: u8, len: usize) -> Option<(Option<u8>, c_int)> {
        let first = !self.buffers.any_record.get();
        if self.awaits_client_hello() && major == 3 && kind != HANDSHAKE {
            return Some((Some(10), reason::UNEXPECTED_MESSAGE));
        }
        if first && self.role.get() == Role::Server && kind & 0x80 != 0 && major == 1 {
            // An SSLv2 ClientHello.
            return Some((Some(70), reason::UNSUPPORTED_PROTOCOL));
        }
        if major != 3 {
            if !first {
                return Some((Some(70), reason::WRONG_VERSION_NUMBER));
            }
            let reason = match [kind, major, minor, (len >> 8) as u8, len as u8] {
                [b'G', b'E', b'T', b' ', _]
                | [b'P', b'O', b'S', b'T', b' ']
                | [b'H', b'E', b'A', b'D', b' ']
                | [b'P', b'U', b'T', b' ', _]
                    if self.role.get() == Role::Server =>
                {
                    reason::HTTP_REQUEST
                }
                [b'C', b'O', b'N', b'N', b'E'] if self.role.get() == Role::Server => reason::HTTPS_PROXY_REQUEST,
                _ => reason::WRONG_VERSION_NUMBER,
            };
            return Some((None, reason));
        }
        if self.negotiated.borrow().version == 0x0304
            && self.tap.changed_out()
            && !matches!(kind, APPLICATION_DATA | CHANGE_CIPHER_SPEC | ALERT)
            && self.state.get().is_finished()
        {
            return Some((Some(10), reason::BAD_RECORD_TYPE));
        }
        if len > MAX_RECORD {
            return Some((Some(22), reason::PACKET_LENGTH_TOO_LONG));
        }
        None
    }

    fn read_more(&self) -> Result<(), Stop> {
        let Some(bio) = self.rbio.borrow().clone() else {
            err::raise(reason::READ_BIO_NOT_SET);
            return Err(Stop::Failed);
        };
        let mut partial = self.buffers.partial.take();
        let start = partial.len();
        let room = if self.settings.borrow().read_ahead {
            READ_AHEAD
        } else if let Some(&[_, _, _, high, low]) = partial.first_chunk::<HEADER>() {
            HEADER + usize::from(u16::from_be_bytes([high, low])) - start
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
        }
        if answer > 0 {
            self.want.set(Want::Nothing);
            return Ok(());
        }
        let stop = if_retry(&bio, Want::Reading);
        if stop == Stop::Failed && bio.eof() {
            if self.settings.borrow().options & SSL_OP_IGNORE_UNEXPECTED_EOF != 0 {
                self.shutdown.set(self.shutdown.get() | RECEIVED_SHUTDOWN);
                self.close_notify_received.set(true);
            } else {
                let _ = self.fatal(Some(50), reason::UNEXPECTED_EOF_WHILE_READING);
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

/// Puts the handshake message `to` in the place of `from`, with which the record
/// at `start` begins. `false` when it does not.
pub fn exchange(records: &mut Vec<u8>, start: usize, from: &[u8], to: &[u8]) -> bool {
    let body = start + HEADER;
    let Some(&[HANDSHAKE, _, _, high, low]) = records[start..].first_chunk::<HEADER>() else { return false };
    if !records[body..].starts_with(from) {
        return false;
    }
    let len = usize::from(u16::from_be_bytes([high, low])) - from.len() + to.len();
    records[start + 3..body].copy_from_slice(&(len as u16).to_be_bytes());
    records.splice(body..body + from.len(), to.iter().copied());
    true
}

fn if_retry(bio: &Bio, want: Want) -> Stop {
    match bio.retry() {
        crate::libcrypto::bio::Retry::None => Stop::Failed,
        _ => Stop::Want(want),
    }
}

/// So that a program finds the errno of this call, not of an earlier one.
pub fn clear_system_error() {
    crate::ffi::errno::clear();
}
