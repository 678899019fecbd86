//! The blocks of extensions in handshake messages: found, added to, taken from.
//!
//! A ClientHello may be cut short, as where a binder is computed.

use std::ops::Range;

use libc::c_int;

use super::messages::handshake_type as t;
use super::messages::{message_len, whole_message};
use super::resumption::{Reader, extensions};
use crate::reason;

const HEADER: usize = 4;
const RANDOM_END: usize = HEADER + 2 + 32;

/// One certificate of a TLS 1.3 Certificate message.
pub struct Entry {
    /// Where the certificate stands in the message, DER.
    pub certificate: Range<usize>,
    /// Where its extensions stand, without their length.
    pub extensions: Range<usize>,
}

/// The length of what stands before a message's block of extensions.
fn fixed_part(message: &[u8]) -> Option<usize> {
    let mut reader = Reader(message);
    match *message.first()? {
        t::CLIENT_HELLO => {
            reader.take(RANDOM_END)?;
            reader.vector(1)?;
            reader.vector(2)?;
            reader.vector(1)?;
        }
        t::SERVER_HELLO => {
            reader.take(RANDOM_END)?;
            reader.vector(1)?;
            reader.take(2 + 1)?;
        }
        t::ENCRYPTED_EXTENSIONS => {
            reader.take(HEADER)?;
        }
        t::CERTIFICATE_REQUEST => {
            reader.take(HEADER)?;
            reader.vector(1)?;
        }
        t::NEW_SESSION_TICKET => {
            reader.take(HEADER + 4 + 4)?;
            reader.vector(1)?;
            reader.vector(2)?;
        }
        _ => return None,
    }
    Some(message.len() - reader.0.len())
}

/// Where a message's extensions stand, without their length, perhaps beyond the
/// message's end where it is cut; `None` where there are none or it is malformed.
fn block(message: &[u8]) -> Option<Range<usize>> {
    let start = fixed_part(message)? + 2;
    let len = Reader(message.get(start - 2..)?).number(2)?;
    // Nothing follows them.
    (start + len == message_len(*message.first_chunk()?)).then_some(start..start + len)
}

/// A message's extensions; empty where there are none or it is malformed.
pub fn extensions_of(message: &[u8]) -> &[u8] {
    let Some(block) = block(message) else { return &[] };
    message.get(block).unwrap_or_default()
}

/// Whether a whole message with a block of extensions, or without one, ends where that ends.
pub fn fits(message: &[u8]) -> bool {
    block(message).is_some_and(|block| block.end == message.len()) || fixed_part(message) == Some(message.len())
}

/// The message with more extensions, ahead of its own; `None` where they find no room.
pub fn with_extensions(message: &[u8], added: &[u8]) -> Option<Vec<u8>> {
    let before = fixed_part(message)?;
    let (own, length_field) = match block(message) {
        Some(block) => (block.len(), 0),
        None if before == message.len() => (0, 2),
        None => return None,
    };
    let len = u16::try_from(own + added.len()).ok()?.to_be_bytes();
    let declared = message_len(*message.first_chunk()?) - HEADER + added.len() + length_field;
    let header = [message[0], (declared >> 16) as u8, (declared >> 8) as u8, declared as u8];
    let rest = message.get(before + 2..).unwrap_or_default();
    Some([&header, &message[HEADER..before], &len, added, rest].concat())
}

/// The message without the extensions that are `hidden`; `None` where it has none of
/// them.
pub fn without_extensions(message: &[u8], hidden: &dyn Fn(u16) -> bool) -> Option<Vec<u8>> {
    if message.first() == Some(&t::CERTIFICATE) {
        return with_entries(message, |entry| without(&message[entry.extensions.clone()], hidden));
    }
    let block = block(message).filter(|block| block.end == message.len())?;
    let left = without(&message[block.clone()], hidden)?;
    let len = (left.len() as u16).to_be_bytes();
    Some(whole_message(message[0], &[&message[HEADER..block.start - 2], &len, &left].concat()))
}

/// The certificates of a TLS 1.3 Certificate message; `None` where it is malformed.
pub fn entries(message: &[u8]) -> Option<Vec<Entry>> {
    let mut reader = Reader(message);
    reader.take(HEADER)?;
    reader.vector(1)?;
    let mut list = Reader(reader.vector(3)?);
    if !reader.0.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    while !list.0.is_empty() {
        let certificate = list.vector(3)?.len();
        // The list is the message's end.
        let end = message.len() - list.0.len();
        let extensions = list.vector(2)?.len();
        found.push(Entry { certificate: end - certificate..end, extensions: end + 2..end + 2 + extensions });
    }
    Some(found)
}

/// Why a Certificate message is malformed: the first of its lengths that does not fit.
pub fn certificate_fault(message: &[u8], tls13: bool) -> c_int {
    let mut reader = Reader(message.get(HEADER..).unwrap_or_default());
    let context = if tls13 { reader.vector(1) } else { Some(&[][..]) };
    let Some(mut list) = context.and_then(|_| reader.vector(3)).filter(|_| reader.0.is_empty()).map(Reader) else {
        return reason::LENGTH_MISMATCH;
    };
    while !list.0.is_empty() {
        if list.vector(3).is_none() {
            return reason::CERT_LENGTH_MISMATCH;
        }
        if tls13 && list.vector(2).is_none() {
            return reason::BAD_LENGTH;
        }
    }
    reason::LENGTH_MISMATCH
}

/// A Certificate message whose entries have other extensions: `change` gives those
/// that differ. `None` where none does.
pub fn with_entries(message: &[u8], mut change: impl FnMut(&Entry) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let entries = entries(message)?;
    let mut list = Vec::with_capacity(message.len());
    let mut differs = false;
    for entry in &entries {
        let der = &message[entry.certificate.clone()];
        list.extend_from_slice(&(der.len() as u32).to_be_bytes()[1..]);
        list.extend_from_slice(der);
        let changed = change(entry);
        differs |= changed.is_some();
        let extensions = changed.as_deref().unwrap_or(&message[entry.extensions.clone()]);
        list.extend(u16::try_from(extensions.len()).ok()?.to_be_bytes());
        list.extend_from_slice(extensions);
    }
    let context = Reader(message.get(HEADER..)?).vector(1)?;
    let len = (list.len() as u32).to_be_bytes();
    let body = [&[context.len() as u8], context, &len[1..], &list].concat();
    differs.then(|| whole_message(t::CERTIFICATE, &body))
}

/// A block without those that are `hidden`; `None` where it has none of them, or is
/// malformed.
fn without(block: &[u8], hidden: &dyn Fn(u16) -> bool) -> Option<Vec<u8>> {
    if !is_well_formed(block) || !extensions(block).any(|(kind, _)| hidden(kind)) {
        return None;
    }
    let mut left = Vec::with_capacity(block.len());
    for (kind, content) in extensions(block).filter(|&(kind, _)| !hidden(kind)) {
        left.extend(encoded(kind, content)?);
    }
    Some(left)
}

/// Whether the block is a list of extensions, without a rest.
pub fn is_well_formed(block: &[u8]) -> bool {
    extensions(block).map(|(_, content)| 4 + content.len()).sum::<usize>() == block.len()
}

/// One extension as it travels; `None` when it is too long.
pub fn encoded(kind: u16, content: &[u8]) -> Option<Vec<u8>> {
    let len = u16::try_from(content.len()).ok()?.to_be_bytes();
    Some([&kind.to_be_bytes(), &len, content].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(kind: u8, rest: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend(rest);
        whole_message(kind, &body)
    }

    fn client_hello(block: Option<&[u8]>) -> Vec<u8> {
        let fixed = [2, 9, 9, 0, 2, 0x13, 1, 1, 0];
        let len = |block: &[u8]| (block.len() as u16).to_be_bytes().to_vec();
        let block = block.map(|block| [len(block), block.to_vec()].concat()).unwrap_or_default();
        hello(t::CLIENT_HELLO, &[&fixed[..], &block].concat())
    }

    fn certificate(entries: &[(&[u8], &[u8])]) -> Vec<u8> {
        let entry =
            |(der, block): &(&[u8], &[u8])| [&[0, 0, der.len() as u8], *der, &[0, block.len() as u8], *block].concat();
        let list: Vec<u8> = entries.iter().flat_map(entry).collect();
        whole_message(t::CERTIFICATE, &[&[0, 0, 0, list.len() as u8], &list[..]].concat())
    }

    #[test]
    fn extensions_go_ahead_of_others() {
        let before = client_hello(Some(&[0, 16, 0, 0]));
        let after = with_extensions(&before, &[3, 232, 0, 1, 9]).unwrap();
        assert_eq!(after, client_hello(Some(&[3, 232, 0, 1, 9, 0, 16, 0, 0])));
        assert_eq!(without_extensions(&after, &|kind| kind == 1000), Some(before.clone()));
        assert_eq!(without_extensions(&after, &|kind| kind == 1001), None);
        assert_eq!(extensions_of(&before), [0, 16, 0, 0]);
    }

    #[test]
    fn a_block_is_made_where_there_is_none() {
        let after = with_extensions(&client_hello(None), &[3, 232, 0, 0]).unwrap();
        assert_eq!(after, client_hello(Some(&[3, 232, 0, 0])));
        let server = hello(t::SERVER_HELLO, &[0, 0xc0, 0x2b, 0]);
        let with = hello(t::SERVER_HELLO, &[0, 0xc0, 0x2b, 0, 0, 4, 3, 232, 0, 0]);
        assert_eq!(with_extensions(&server, &[3, 232, 0, 0]), Some(with));
    }

    #[test]
    fn what_is_added_to_a_cut_hello_is_what_is_added_to_the_whole() {
        let psk = [0, 16, 0, 0, 0, 41, 0, 5, 1, 2, 3, 4, 5];
        let whole = client_hello(Some(&psk));
        let changed = with_extensions(&whole, &[3, 232, 0, 1, 9]).unwrap();
        for cut in 1..psk.len() {
            let short = with_extensions(&whole[..whole.len() - cut], &[3, 232, 0, 1, 9]).unwrap();
            assert_eq!(short, changed[..changed.len() - cut]);
        }
    }

    #[test]
    fn there_is_an_end_to_the_room() {
        assert!(with_extensions(&client_hello(Some(&[0, 16, 0, 0])), &[0; 65531]).is_some());
        assert!(with_extensions(&client_hello(Some(&[0, 16, 0, 0])), &[0; 65532]).is_none());
    }

    #[test]
    fn what_has_overflowed_does_not_fit() {
        let hello = client_hello(Some(&[0, 16, 0, 0]));
        assert!(fits(&hello) && fits(&client_hello(None)));
        let mut overflowed = with_extensions(&hello, &[0; 65531]).unwrap();
        assert!(fits(&overflowed));
        overflowed.push(0);
        let body = overflowed.split_off(HEADER);
        assert!(!fits(&whole_message(t::CLIENT_HELLO, &body)));
        assert!(!fits(&hello[..hello.len() - 1]));
    }

    #[test]
    fn certificates_have_extensions_each() {
        let message = certificate(&[(b"abc", &[0, 18, 0, 1, 7]), (b"de", &[])]);
        let found = entries(&message).unwrap();
        assert_eq!(&message[found[0].certificate.clone()], b"abc");
        assert_eq!(message[found[0].extensions.clone()], [0, 18, 0, 1, 7]);
        assert_eq!(&message[found[1].certificate.clone()], b"de");
        assert!(found[1].extensions.is_empty());
        let stripped = certificate(&[(b"abc", &[]), (b"de", &[])]);
        assert_eq!(without_extensions(&message, &|kind| kind == 18), Some(stripped));
        assert_eq!(without_extensions(&message, &|kind| kind == 5), None);
    }

    #[test]
    fn malformed_messages_are_left_alone() {
        for message in [
            client_hello(Some(&[0, 16, 0, 1, 5, 3, 232, 0, 0])),
            hello(t::SERVER_HELLO, &[0, 0xc0, 0x2b, 0, 0, 4, 3, 232, 0, 0]),
            whole_message(t::ENCRYPTED_EXTENSIONS, &[0, 4, 3, 232, 0, 0]),
            whole_message(t::CERTIFICATE_REQUEST, &[0, 0, 4, 3, 232, 0, 0]),
            whole_message(t::NEW_SESSION_TICKET, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 4, 3, 232, 0, 0]),
            certificate(&[(b"abc", &[0, 18, 0, 1, 7]), (b"de", &[3, 232, 0, 0])]),
        ] {
            assert!(without_extensions(&message, &|kind| kind == 1000 || kind == 18).is_some());
            for at in 4..message.len() {
                for value in [0, 1, 0x7f, 0xff] {
                    let mut changed = message.clone();
                    changed[at] = value;
                    let _ = without_extensions(&changed, &|kind| kind == 1000);
                    let _ = with_extensions(&changed, &[3, 233, 0, 0]);
                    let _ = (entries(&changed), extensions_of(&changed));
                    let _ = without_extensions(&message[..at], &|kind| kind == 1000);
                    let _ = (entries(&message[..at]), extensions_of(&message[..at]));
                }
            }
        }
    }
}
