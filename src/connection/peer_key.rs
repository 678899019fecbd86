//! The peer's ephemeral key, for `SSL_get_peer_tmp_key`: rustls does not show
//! it, so it is read from the handshake messages.

use std::rc::Rc;

use libc::c_int;

use super::Connection;
use super::client_hello::ClientHello;
use super::handshake::TLS1_3;
use super::messages::Direction;
use super::resumption::Reader;
use crate::libcrypto::err;
use crate::libcrypto::evp::EvpPkey;
use crate::reason::{self, alert};

/// The length of an uncompressed point of this group, if it is one of NIST's curves.
fn point_len(group: u16) -> Option<usize> {
    match group {
        23 => Some(65),
        24 => Some(97),
        25 => Some(133),
        _ => None,
    }
}

/// Whether the key share of such a group is no point by its length alone.
pub fn is_no_point(group: u16, public: &[u8]) -> bool {
    point_len(group).is_some_and(|len| len != public.len())
}

/// What a key share looks like.
enum Form {
    /// A point of a curve that libcrypto has points of.
    Point,
    /// One of X25519, all of which are taken; some give no secret.
    X25519,
}

impl Connection {
    /// The key of a TLS 1.2 server. A server does not keep its client's, as in
    /// OpenSSL.
    pub fn on_key_exchange(&self, body: &[u8]) -> Option<()> {
        const NAMED_CURVE: usize = 3;
        let mut reader = Reader(body);
        let (kind, group) = (reader.number(1)?, reader.number(2)? as u16);
        let point = reader.vector(1)?;
        if kind != NAMED_CURVE {
            self.failure.set(Some((reason::WRONG_CURVE, alert::ILLEGAL_PARAMETER)));
            return None;
        }
        self.negotiated.borrow_mut().peer_share = (group, point.to_vec());
        Some(())
    }

    /// Why a key exchange failed: in TLS 1.2 OpenSSL looks at the point before it looks
    /// at the signature, and libcrypto says that it is none.
    pub fn point_failure(&self, reason: c_int) -> Option<(c_int, u8)> {
        const EC_R_POINT_IS_NOT_ON_CURVE: c_int = 107;
        const PROV_R_FAILED_DURING_DERIVATION: c_int = 164;
        if reason == reason::BAD_ECPOINT && self.negotiated.borrow().version == TLS1_3 {
            return match self.form_of_share()? {
                Form::Point => {
                    err::raise_lib(err::ERR_LIB_EC, EC_R_POINT_IS_NOT_ON_CURVE);
                    None
                }
                Form::X25519 => {
                    err::raise_lib(err::ERR_LIB_PROV, PROV_R_FAILED_DURING_DERIVATION);
                    Some((reason::BAD_KEY_SHARE, alert::ILLEGAL_PARAMETER))
                }
            };
        }
        let server_key = reason == reason::BAD_SIGNATURE && !self.is_server();
        let bad = match reason {
            _ if self.negotiated.borrow().version != 0x0303 => false,
            reason::BAD_KEY_SHARE => self.is_server(),
            _ => server_key && self.peer_tmp_key().is_none(),
        };
        if !bad {
            return None;
        }
        err::clear();
        err::raise_lib(err::ERR_LIB_EC, EC_R_POINT_IS_NOT_ON_CURVE);
        Some((if server_key { reason::BAD_ECPOINT } else { reason }, alert::ILLEGAL_PARAMETER))
    }

    /// What libcrypto says of a key share that is too long or too short for its group.
    pub fn explain_point(&self, reason: c_int) {
        const EC_R_INVALID_ENCODING: c_int = 102;
        if reason == reason::BAD_ECPOINT {
            err::raise_lib(err::ERR_LIB_EC, EC_R_INVALID_ENCODING);
        }
    }

    /// What the peer's key share in TLS 1.3 could be, by its group and length.
    fn form_of_share(&self) -> Option<Form> {
        const UNCOMPRESSED: u8 = 4;
        const X25519: u16 = 0x001d;
        let form = |group, public: &[u8]| match group {
            X25519 => (public.len() == 32).then_some(Form::X25519),
            _ => (point_len(group) == Some(public.len()) && public[0] == UNCOMPRESSED).then_some(Form::Point),
        };
        let hello = self.client_hello.borrow().clone();
        let Some(hello) = hello.filter(|_| self.is_server()) else {
            let negotiated = self.negotiated.borrow();
            return form(negotiated.peer_share.0, &negotiated.peer_share.1);
        };
        let groups = self.allowed_groups();
        let used = hello.key_shares.iter().find(|share| groups.contains(&share.group));
        used.and_then(|share| form(share.group, &share.public))
    }

    /// The key share of a ServerHello. A server finds its peer's in the
    /// ClientHello.
    pub fn on_key_share(&self, direction: Direction, content: &[u8]) -> Option<()> {
        let mut reader = Reader(content);
        let group = reader.number(2)? as u16;
        let share = if direction == Direction::In {
            reader.vector(2)?.to_vec()
        } else {
            let hello = self.client_hello.borrow();
            hello.as_ref()?.key_shares.iter().find(|share| share.group == group)?.public.clone()
        };
        self.negotiated.borrow_mut().peer_share = (group, share);
        Some(())
    }

    /// Whether OpenSSL would have looked at the peer's point formats: not in TLS 1.3, nor where
    /// a server resumes.
    pub fn has_point_formats(&self) -> bool {
        self.negotiated.borrow().version == 0x0303 && !(self.is_server() && self.reused.get())
    }

    /// Whether the peer has said that the master secret is the extended one (TLS 1.2).
    pub fn is_extended_master_secret_known(&self) -> bool {
        let negotiated = self.negotiated.borrow();
        let said = |hello: &Option<Rc<ClientHello>>| hello.as_ref().is_some_and(|hello| hello.extended_master_secret);
        negotiated.extended_master_secret || negotiated.version == 0x0303 && said(&self.client_hello.borrow())
    }

    /// The peer's key, where libcrypto knows the group. A server of TLS 1.3 has it from the
    /// ClientHello on.
    pub fn peer_tmp_key(&self) -> Option<EvpPkey> {
        let (version, (group, share)) = {
            let negotiated = self.negotiated.borrow();
            (negotiated.version, negotiated.peer_share.clone())
        };
        if !share.is_empty() || version != 0x0304 {
            return EvpPkey::from_share(group, &share);
        }
        let hello = self.client_hello.borrow().clone()?;
        let groups = self.allowed_groups();
        let share = hello.key_shares.iter().find(|share| groups.contains(&share.group))?;
        EvpPkey::from_share(share.group, &share.public)
    }
}
