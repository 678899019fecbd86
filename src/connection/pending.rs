//! Interim: what the other modules will supply.
use super::messages::Direction;
use super::*;
use std::sync::Arc;
impl Connection {
    pub fn server_certificate(&self, _s: &[rustls::SignatureScheme]) -> Option<Arc<rustls::sign::CertifiedKey>> {
        None
    }
    pub fn client_certificate(
        &self,
        _a: &[&[u8]],
        _s: &[rustls::SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        None
    }
    pub fn accepted_sigalgs(&self) -> Vec<u16> {
        vec![0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601]
    }
    pub fn on_peer_certificates(&self, chain: Vec<Vec<u8>>, _ocsp: &[u8]) -> bool {
        if let Some(s) = self.current_session() {
            s.update(|f| {
                f.peer_chain = Arc::new(crate::libcrypto::x509::PeerChain::new(chain));
                f.verify_result = 0;
            })
        }
        true
    }
    pub fn authorities_to_send(&self) -> Arc<[Vec<u8>]> {
        Arc::from([])
    }
}
impl Connection {
    pub fn copy_identity(&self, from: &Self) {
        let id = from.settings.borrow().id_context;
        self.settings.borrow_mut().id_context = id;
    }
}
impl crate::context::Settings {
    pub fn effective_groups(&self) -> Arc<[u16]> {
        if self.groups.is_empty() { Arc::from([0x11ec, 29, 23, 24]) } else { self.groups.clone() }
    }
}
