//! Extensions that the program adds and reads: `SSL_CTX_add_custom_ext` and its kin.

use std::sync::Arc;

use libc::c_uint;

use super::callbacks::{
    AddExtension, FreeExtension, OldAddExtension, OldFreeExtension, OldParseExtension, ParseExtension, WithArg,
};
use crate::connection::client_hello::extension;
use crate::connection::extension_rules::is_known;

/// `SSL_EXT_*`: the messages that an extension is for, and what else is said of it.
#[allow(missing_docs)]
pub mod ext {
    pub const DTLS_ONLY: u32 = 0x0002;
    pub const TLS1_2_AND_BELOW_ONLY: u32 = 0x0010;
    pub const TLS1_3_ONLY: u32 = 0x0020;
    pub const IGNORE_ON_RESUMPTION: u32 = 0x0040;
    pub const CLIENT_HELLO: u32 = 0x0080;
    pub const TLS1_2_SERVER_HELLO: u32 = 0x0100;
    pub const TLS1_3_SERVER_HELLO: u32 = 0x0200;
    pub const TLS1_3_ENCRYPTED_EXTENSIONS: u32 = 0x0400;
    pub const TLS1_3_HELLO_RETRY_REQUEST: u32 = 0x0800;
    pub const TLS1_3_CERTIFICATE: u32 = 0x1000;
    pub const TLS1_3_NEW_SESSION_TICKET: u32 = 0x2000;
    pub const TLS1_3_CERTIFICATE_REQUEST: u32 = 0x4000;
    /// What the functions of OpenSSL 1.0.2 register.
    pub const OLD: u32 = TLS1_2_AND_BELOW_ONLY | CLIENT_HELLO | TLS1_2_SERVER_HELLO | IGNORE_ON_RESUMPTION;
}

/// Which end of a connection an extension is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// A client.
    Client,
    /// A server.
    Server,
    /// Either.
    Both,
}

/// Who adds and reads an extension.
#[derive(Clone, Copy)]
pub enum Handler {
    /// `SSL_CTX_add_custom_ext`
    Callbacks {
        /// Gives the content.
        add: WithArg<AddExtension>,
        /// Takes it back; its argument is that of `add`.
        free: Option<FreeExtension>,
        /// Reads the peer's.
        parse: WithArg<ParseExtension>,
    },
    /// `SSL_CTX_add_client_custom_ext`, `SSL_CTX_add_server_custom_ext`
    OldCallbacks {
        /// Gives the content; without it the extension is empty.
        add: WithArg<OldAddExtension>,
        /// Takes it back.
        free: Option<OldFreeExtension>,
        /// Reads the peer's.
        parse: WithArg<OldParseExtension>,
    },
    /// It comes with the certificate that is shown, and the peer's is empty:
    /// `SSL_CTX_use_serverinfo`.
    ServerInfo,
}

impl Handler {
    /// Whether it gives contents: without, the extension is in ClientHellos alone, and
    /// empty.
    pub fn adds(&self) -> bool {
        match self {
            Self::Callbacks { add, .. } => add.function.is_some(),
            Self::OldCallbacks { .. } | Self::ServerInfo => true,
        }
    }
}

/// One extension of the program's.
#[derive(Clone, Copy)]
pub struct CustomExtension {
    /// Which end it is for.
    pub role: Endpoint,
    /// Its type.
    pub kind: u16,
    /// [`ext`]
    pub context: u32,
    /// Who adds and reads it.
    pub handler: Handler,
}

/// Those of an `SSL_CTX` or an `SSL`, in the order in which they were added.
#[derive(Clone, Default)]
pub struct CustomExtensions(Option<Arc<[CustomExtension]>>);

impl CustomExtensions {
    /// Where the first stands that has this type and fits `role`.
    pub fn position(&self, role: Endpoint, kind: c_uint) -> Option<usize> {
        let fits = |other: Endpoint| role == Endpoint::Both || other == Endpoint::Both || other == role;
        self.iter().position(|known| c_uint::from(known.kind) == kind && fits(known.role))
    }

    /// Adds one; `false` when there is one like it.
    pub fn add(&mut self, extension: CustomExtension) -> bool {
        if self.position(extension.role, extension.kind.into()).is_some() {
            return false;
        }
        self.0 = Some(self.iter().copied().chain([extension]).collect());
        true
    }
}

impl std::ops::Deref for CustomExtensions {
    type Target = [CustomExtension];

    fn deref(&self) -> &[CustomExtension] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Whether OpenSSL handles extensions of this type itself, so that programs may not.
pub fn is_built_in(kind: u16) -> bool {
    // What its SSL_extension_supported leaves out.
    const LEFT_OUT: [u16; 2] = [extension::SIGNATURE_ALGORITHMS_CERT, extension::CRYPTOPRO_BUG];
    is_known(kind) && !LEFT_OUT.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension(role: Endpoint, kind: u16) -> CustomExtension {
        let handler = Handler::OldCallbacks { add: WithArg::default(), free: None, parse: WithArg::default() };
        CustomExtension { role, kind, context: ext::OLD, handler }
    }

    #[test]
    fn each_end_has_its_own() {
        let mut known = CustomExtensions::default();
        assert!(known.add(extension(Endpoint::Client, 1000)));
        assert!(!known.add(extension(Endpoint::Client, 1000)));
        assert!(!known.add(extension(Endpoint::Both, 1000)));
        assert!(known.add(extension(Endpoint::Server, 1000)));
        assert!(known.add(extension(Endpoint::Both, 1001)));
        assert!(!known.add(extension(Endpoint::Server, 1001)));
        assert_eq!(known.position(Endpoint::Server, 1000), Some(1));
        assert_eq!(known.position(Endpoint::Both, 1000), Some(0));
        assert_eq!(known.position(Endpoint::Client, 1001), Some(2));
        assert_eq!(known.position(Endpoint::Client, 0x1_03e8), None);
    }
}
