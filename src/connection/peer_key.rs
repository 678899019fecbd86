//! The peer's ephemeral key, for `SSL_get_peer_tmp_key`: rustls does not show
//! it, so it is read from the handshake messages.

use super::Connection;
use super::messages::Direction;
use super::resumption::Reader;
use crate::libcrypto::evp::EvpPkey;
use crate::reason::{self, alert};

impl Connection {
    /// The key of a TLS 1.2 server. A server does not keep its client's, as in
    /// OpenSSL.
    pub fn on_key_exchange(&self, body: &[u8]) -> Option<()> {
        const NAMED_CURVE: usize = 3;
        let mut reader = Reader(body);
        if reader.number(1)? == NAMED_CURVE {
            let group = reader.number(2)? as u16;
            self.negotiated.borrow_mut().peer_share = (group, reader.vector(1)?.to_vec());
            if !self.accepts_group(group) {
                self.failure.set(Some((reason::WRONG_CURVE, alert::ILLEGAL_PARAMETER)));
            }
        }
        Some(())
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

    /// The peer's key, where libcrypto knows the group.
    pub fn peer_tmp_key(&self) -> Option<EvpPkey> {
        let negotiated = self.negotiated.borrow();
        let (group, share) = &negotiated.peer_share;
        EvpPkey::from_share(*group, share)
    }
}
