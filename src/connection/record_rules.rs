//! What OpenSSL makes of records in a handshake that rustls judges otherwise, or refuses
//! without an alert: those that are in the clear, and those between the parts of a message.

use super::Connection;
use super::handshake::TLS1_3;
use super::io::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HEADER, MAX_FRAGMENT, Stop};
use super::messages::{Direction, HANDSHAKE};
use crate::reason::{self, alert};

/// The header of a handshake message.
const MESSAGE_HEADER: usize = 4;

/// What becomes of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is looked at, and rustls sees it.
    Passes,
    /// OpenSSL makes nothing of it.
    PassedOver,
}

impl Connection {
    /// Judges the next record of a handshake, `len` bytes with its header.
    pub fn judge_record(&self, kind: u8, len: usize) -> Result<Fate, Stop> {
        if self.state.get().is_finished() {
            return Ok(Fate::Passes);
        }
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        match kind {
            CHANGE_CIPHER_SPEC if tls13 => self.pass_over_change(len),
            APPLICATION_DATA if tls13 && self.is_tls13_encrypted() => Ok(Fate::Passes),
            _ if !tls13 && self.tap.changed_in() => self.judge_sealed_record(kind, len),
            _ => self.judge_clear_record(kind, len - HEADER),
        }
    }

    /// A record of TLS 1.2 before Finished.
    fn judge_sealed_record(&self, kind: u8, len: usize) -> Result<Fate, Stop> {
        let known = matches!(kind, CHANGE_CIPHER_SPEC..=APPLICATION_DATA);
        if known && len > HEADER {
            return Ok(Fate::Passes);
        }
        if self.data_keys.authenticates(&mut self.buffers.first_record(len)) {
            return Err(self.bad_record(alert::UNEXPECTED_MESSAGE, reason::DATA_BETWEEN_CCS_AND_FINISHED));
        }
        let reason = reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC;
        self.raise_cipher_error(reason);
        Err(self.bad_record(alert::BAD_RECORD_MAC, reason))
    }

    fn judge_clear_record(&self, kind: u8, len: usize) -> Result<Fate, Stop> {
        // A client does not know until its ServerHello.
        let tls13 = self.is_server() && self.negotiated.borrow().version == TLS1_3;
        if len > MAX_FRAGMENT {
            return Err(self.bad_record(alert::RECORD_OVERFLOW, reason::DATA_LENGTH_TOO_LONG));
        }
        if tls13 && len == 0 && matches!(kind, HANDSHAKE | ALERT) {
            return Err(self.bad_record(alert::UNEXPECTED_MESSAGE, reason::BAD_LENGTH));
        }
        let partial = self.tap.partial_len();
        let undecided = self.negotiated.borrow().version == 0;
        match kind {
            HANDSHAKE => Ok(Fate::Passes),
            APPLICATION_DATA if partial < MESSAGE_HEADER && self.early_data.skips_clear_records() => {
                self.count_skipped(len)?;
                self.bear_empty(len == 0).inspect_err(|_| self.want_record())?;
                Ok(Fate::PassedOver)
            }
            ALERT if partial > 0 && !(undecided && self.is_server()) || ALERT == kind && tls13 => {
                self.take_clear_alert(HEADER + len)
            }
            _ if partial == 0 => match kind {
                CHANGE_CIPHER_SPEC | ALERT | APPLICATION_DATA => Ok(Fate::Passes),
                _ if undecided => Err(self.misplaced(reason::UNEXPECTED_MESSAGE)),
                _ => Err(self.bad_record(alert::UNEXPECTED_MESSAGE, reason::UNEXPECTED_RECORD)),
            },
            CHANGE_CIPHER_SPEC if partial < MESSAGE_HEADER && len == 0 => Ok(Fate::PassedOver),
            CHANGE_CIPHER_SPEC if partial < MESSAGE_HEADER => Err(self.misplaced(reason::BAD_CHANGE_CIPHER_SPEC)),
            _ if undecided => Err(self.misplaced(reason::UNEXPECTED_MESSAGE)),
            CHANGE_CIPHER_SPEC => Err(self.misplaced(reason::CCS_RECEIVED_EARLY)),
            _ => Err(self.misplaced(reason::UNEXPECTED_RECORD)),
        }
    }

    fn misplaced(&self, reason: libc::c_int) -> Stop {
        if reason != reason::BAD_CHANGE_CIPHER_SPEC {
            self.want_record();
        }
        self.fatal(Some(alert::UNEXPECTED_MESSAGE), reason)
    }

    /// The record itself is at fault.
    fn bad_record(&self, alert: u8, reason: libc::c_int) -> Stop {
        self.want_record();
        self.fatal(Some(alert), reason)
    }

    /// A ChangeCipherSpec of TLS 1.3 means nothing, wherever it stands.
    fn pass_over_change(&self, len: usize) -> Result<Fate, Stop> {
        const MOST: u32 = 32;
        let mut record = self.buffers.first_record(len);
        if record[HEADER..] != [1] {
            return Err(self.bad_record(alert::ILLEGAL_PARAMETER, reason::INVALID_CCS_MESSAGE));
        }
        self.on_clear_records(Direction::In, &mut record);
        if self.buffers.count_record(true) > MOST {
            return Err(self.bad_record(alert::UNEXPECTED_MESSAGE, reason::UNEXPECTED_CCS_MESSAGE));
        }
        Ok(Fate::PassedOver)
    }

    /// An alert where rustls would not bear one.
    fn take_clear_alert(&self, len: usize) -> Result<Fate, Stop> {
        const MOST_WARNINGS: u32 = 4;
        let mut record = self.buffers.first_record(len);
        let &[level, description] = &record[HEADER..] else {
            return Err(self.bad_record(alert::UNEXPECTED_MESSAGE, reason::INVALID_ALERT));
        };
        self.on_clear_records(Direction::In, &mut record);
        self.check_failure()?;
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        let tolerated = if tls13 { description == alert::USER_CANCELLED } else { level == 1 };
        if description == alert::CLOSE_NOTIFY && (tls13 || level == 1) {
            return Err(self.closed_in_handshake());
        }
        if !tolerated {
            return Err(self.alert_received(description));
        }
        if self.tap.count_warning() > MOST_WARNINGS {
            return Err(self.misplaced(reason::TOO_MANY_WARN_ALERTS));
        }
        Ok(Fate::PassedOver)
    }
}
