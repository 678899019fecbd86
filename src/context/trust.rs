//! Whom an `SSL_CTX` trusts, and whom it names to its peers.

use std::sync::{Arc, PoisonError};

use crate::libcrypto::stack::{NameStack, X509Stack};
use crate::libcrypto::store::{VerifyParam, X509Store};
use crate::sync::RwLock;

/// Names of authorities that the peer should choose its certificate by.
#[derive(Default)]
pub struct Authorities {
    /// `SSL_set0_CA_list`
    pub any: Option<NameStack>,
    /// `SSL_set_client_CA_list`: what a server sends, before the other.
    pub for_clients: Option<NameStack>,
}

impl Authorities {
    /// Copies of the lists there are; `None` when memory runs out.
    pub fn copy(&self) -> Option<Self> {
        let copy = |list: &Option<NameStack>| match list {
            None => Some(None),
            Some(list) => NameStack::from_der(list.to_der().iter().map(Vec::as_slice)).map(Some),
        };
        Some(Self { any: copy(&self.any)?, for_clients: copy(&self.for_clients)? })
    }
}

/// What the connections of a context look up while they last: unlike the
/// settings it is not copied to them.
pub struct Trust {
    /// Given to programs by its pointer, so it lives as long as the context.
    pub param: VerifyParam,
    store: RwLock<X509Store>,
    extra_chain: RwLock<Option<Arc<X509Stack>>>,
    authorities: RwLock<Authorities>,
}

impl Trust {
    /// An empty store, nothing set; `None` when memory runs out.
    pub fn new() -> Option<Self> {
        Some(Self {
            param: VerifyParam::new()?,
            store: RwLock::new(X509Store::new()?),
            extra_chain: RwLock::default(),
            // Empty lists, not none: OpenSSL's getters never answer NULL here.
            authorities: RwLock::new(Authorities {
                any: Some(NameStack::new()?),
                for_clients: Some(NameStack::new()?),
            }),
        })
    }

    /// The store of trusted certificates.
    pub fn store(&self) -> X509Store {
        self.store.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the store; the old one is given back.
    pub fn replace_store(&self, store: X509Store) -> X509Store {
        std::mem::replace(&mut *self.store.write().unwrap_or_else(PoisonError::into_inner), store)
    }

    /// The chain that is sent with certificates that have none of their own.
    pub fn extra_chain(&self) -> Option<Arc<X509Stack>> {
        self.extra_chain.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces that chain; the old one is given back.
    pub fn replace_extra_chain(&self, chain: Option<X509Stack>) -> Option<Arc<X509Stack>> {
        let chain = chain.map(Arc::new);
        std::mem::replace(&mut *self.extra_chain.write().unwrap_or_else(PoisonError::into_inner), chain)
    }

    /// Reads the names of authorities. `read` must not call back into C.
    pub fn authorities<R>(&self, read: impl FnOnce(&Authorities) -> R) -> R {
        read(&self.authorities.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the names of authorities. `change` must not call back into C.
    pub fn update_authorities<R>(&self, change: impl FnOnce(&mut Authorities) -> R) -> R {
        change(&mut self.authorities.write().unwrap_or_else(PoisonError::into_inner))
    }
}
