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
