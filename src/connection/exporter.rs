//! `SSL_export_keying_material`.

use super::Connection;
use crate::context::method::TLS1_3;
use crate::engine::exporter;
use crate::engine::stand_in::Role;
use crate::libcrypto::err;
use crate::reason;
use crate::secret::Secret;

/// The longest label that fits a TLS 1.3 key schedule.
const MAX_LABEL: usize = 249;

impl Connection {
    /// RFC 5705 and RFC 8446's exporter into `out`. `false`, mostly with an
    /// error, when there is no secret yet or the label is not allowed.
    pub fn export(&self, label: &[u8], context: Option<&[u8]>, out: &mut [u8]) -> bool {
        let negotiated = self.negotiated.borrow();
        if negotiated.version == TLS1_3 {
            let secret = self.hidden.get(Role::Exporter);
            return export_tls13(negotiated.cipher, secret, label, context.unwrap_or_default(), out);
        }
        let Some(master_secret) = self.hidden.get(Role::Master) else { return false };
        let mut input = [label, &negotiated.client_random, &negotiated.server_random].concat();
        if let Some(context) = context {
            input.extend((context.len() as u16).to_be_bytes());
            input.extend(context);
        }
        // What the protocol itself derives under these labels stays secret.
        const RESERVED: [&[u8]; 5] =
            [b"client finished", b"server finished", b"master secret", b"extended master secret", b"key expansion"];
        if RESERVED.iter().any(|reserved| input.starts_with(reserved)) {
            err::raise(reason::TLS_ILLEGAL_EXPORTER_LABEL);
            return false;
        }
        exporter::tls12(negotiated.cipher, &master_secret, &input, out)
    }

    /// As [`Self::export`], from the early secret of a resumed TLS 1.3 handshake.
    pub fn export_early(&self, label: &[u8], context: &[u8], out: &mut [u8]) -> bool {
        let Some(session) = self.current_session() else { return false };
        let suite = session.read(|fields| fields.cipher);
        export_tls13(suite, self.hidden.get(Role::EarlyExporter), label, context, out)
    }
}

fn export_tls13(suite: u16, secret: Option<Secret>, label: &[u8], context: &[u8], out: &mut [u8]) -> bool {
    let Some(secret) = secret else { return false };
    if label.len() > MAX_LABEL {
        err::raise(reason::TLS_ILLEGAL_EXPORTER_LABEL);
        return false;
    }
    let done = exporter::tls13(suite, &secret, label, context, out);
    if !done {
        err::raise(err::ERR_R_INTERNAL_ERROR);
    }
    done
}
