//! Extensions that come with a certificate: `SSL_CTX_use_serverinfo`.
//!
//! Version 2, which is the form that is kept, is a list of contexts (`SSL_EXT_*`), each
//! with an extension. Version 1 has no contexts.

use std::sync::Arc;

use libc::{c_int, c_uint};

use super::Context;
use super::custom_ext::{CustomExtension, Endpoint, Handler, ext};
use crate::reason;

/// `SSL_SERVERINFOV1`
pub const V1: c_uint = 1;
/// `SSL_SERVERINFOV2`
pub const V2: c_uint = 2;
/// Before each extension: context, type and length.
const HEADER: usize = 4 + 2 + 2;

/// One extension of a version 2 list.
pub struct Entry<'a> {
    context: u32,
    kind: u16,
    content: &'a [u8],
}

/// The extensions of a version 2 list; the last is `None` where it is malformed.
pub fn entries(mut list: &[u8]) -> impl Iterator<Item = Option<Entry<'_>>> {
    std::iter::from_fn(move || {
        if list.is_empty() {
            return None;
        }
        let found = list.split_first_chunk::<HEADER>().and_then(|(&[a, b, c, d, e, f, g, h], rest)| {
            let (content, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([g, h])))?;
            let (context, kind) = (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]));
            Some((Entry { context, kind, content }, rest))
        });
        list = found.as_ref().map_or(&[], |(_, rest)| rest);
        Some(found.map(|(entry, _)| entry))
    })
}

/// The content of the first extension of this type.
pub fn find(list: &[u8], kind: u16) -> Option<&[u8]> {
    entries(list).flatten().find(|entry| entry.kind == kind).map(|entry| entry.content)
}

/// What stands in a version 2 list before what is an extension in version 1.
pub fn context_of_version_1() -> [u8; 4] {
    ext::OLD.to_be_bytes()
}

/// `SSL_CTX_use_serverinfo_ex`: gives the current certificate these extensions; an
/// error is the reason.
pub fn configure(context: &Context, version: c_uint, info: &[u8]) -> Result<(), c_int> {
    let list = match version {
        V1 => [&context_of_version_1(), info].concat(),
        V2 => info.to_vec(),
        _ => return Err(reason::INVALID_SERVERINFO_DATA),
    };
    if entries(&list).any(|entry| entry.is_none()) {
        return Err(reason::INVALID_SERVERINFO_DATA);
    }
    let kept: Arc<[u8]> = Arc::from(&list[..]);
    context.change_identity(|identity| identity.set_server_info(kept));
    for entry in entries(&list).flatten() {
        let role = if entry.context == ext::OLD { Endpoint::Server } else { Endpoint::Both };
        let Entry { context: place, kind, .. } = entry;
        let extension = CustomExtension { role, kind, context: place, handler: Handler::ServerInfo };
        if !context.add_custom_extension(extension) {
            return Err(reason::INVALID_SERVERINFO_DATA);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_to_their_end() {
        let list = [0, 0, 1, 0xd0, 3, 232, 0, 2, 7, 8, 0, 0, 0x10, 0x80, 3, 233, 0, 0];
        let kinds: Vec<_> = entries(&list).map(|entry| entry.map(|entry| (entry.context, entry.kind))).collect();
        assert_eq!(kinds, [Some((0x1d0, 1000)), Some((0x1080, 1001))]);
        assert_eq!(find(&list, 1000), Some(&[7, 8][..]));
        assert_eq!(find(&list, 1001), Some(&[][..]));
        assert_eq!(find(&list, 1002), None);
    }

    #[test]
    fn malformed_lists_end_with_nothing() {
        let list = [0, 0, 1, 0xd0, 3, 232, 0, 2, 7, 8];
        for len in 1..list.len() {
            assert!(entries(&list[..len]).any(|entry| entry.is_none()));
        }
        let longer = [&list[..], &[0]].concat();
        assert_eq!(entries(&longer).filter(Option::is_none).count(), 1);
    }
}
