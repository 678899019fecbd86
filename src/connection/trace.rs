//! What tracing asks of a connection.

use super::{Connection, Role};
use crate::context::cipher::{self, kx};
use crate::context::method::{TLS1_2, TLS1_3};
use crate::trace::View;

impl Connection {
    /// How a message of this connection, sent or received, is to be read.
    pub fn view(&self, sent: bool) -> View {
        let (version, cipher) = {
            let negotiated = self.negotiated.borrow();
            (negotiated.version, cipher::by_code_point(negotiated.cipher))
        };
        View {
            sent,
            server: self.role.get() == Role::Server,
            tls13: version == TLS1_3,
            schemes: self.settings.borrow().method.version().is_none_or(|only| only >= TLS1_2),
            ecdhe: cipher.is_some_and(|cipher| cipher.kx == kx::ECDHE),
        }
    }
}
