//! Secrets as rustls has them derived: kept for exporters and sessions, and told to
//! the application's key log callback.

use rustls::KeyLog;

use super::current;

/// The process's key log.
#[derive(Debug)]
pub struct ConnectionKeyLog;

impl KeyLog for ConnectionKeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        current::with(|connection| {
            connection.hidden.note_master(secret);
            if connection.logs_keys() {
                connection.on_secret(label, client_random, connection.hidden.secret(secret));
            }
        });
    }
}
