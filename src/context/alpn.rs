//! ALPN protocol lists: names, each with a length byte before it.

/// Whether OpenSSL takes `list` for a client's offer: names, none of them empty.
pub fn is_valid(list: &[u8]) -> bool {
    let mut rest = list;
    while let Some((name, tail)) = split(rest) {
        if name.is_empty() {
            return false;
        }
        rest = tail;
    }
    list.len() >= 2 && rest.is_empty()
}

/// What a server picks.
#[derive(Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// The first of the server's names that the client has too.
    Negotiated(&'a [u8]),
    /// None in common: the client's first name, if it has one.
    NoOverlap(Option<&'a [u8]>),
}

/// The choice of `SSL_select_next_proto`. The ends of damaged lists are ignored.
pub fn select<'a>(server: &'a [u8], client: &'a [u8]) -> Selection<'a> {
    let Some(first) = names(client).next().filter(|name| !name.is_empty()) else {
        return Selection::NoOverlap(None);
    };
    let common = names(server).find(|name| !name.is_empty() && names(client).any(|offered| offered == *name));
    common.map_or(Selection::NoOverlap(Some(first)), Selection::Negotiated)
}

/// The names of a list, up to the first damage.
pub fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (name, tail) = split(rest)?;
        rest = tail;
        Some(name)
    })
}

fn split(list: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = list.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lists_are_valid() {
        assert!(is_valid(b"\x02h2\x08http/1.1"));
        for list in [&b""[..], b"\0", b"\x01", b"\x02h2\0", b"\x03h2", b"\x02h2\x09http/1.1"] {
            assert!(!is_valid(list), "{list:?}");
        }
    }

    #[test]
    fn the_server_s_order_decides() {
        let client = b"\x08http/1.1\x02h2";
        assert_eq!(select(b"\x02h2\x08http/1.1", client), Selection::Negotiated(b"h2"));
        assert_eq!(select(b"\x03foo\x08http/1.1", client), Selection::Negotiated(b"http/1.1"));
    }

    #[test]
    fn no_overlap_gives_the_client_s_first() {
        assert_eq!(select(b"\x03foo", b"\x02h2"), Selection::NoOverlap(Some(b"h2")));
        assert_eq!(select(b"", b"\x02h2"), Selection::NoOverlap(Some(b"h2")));
        assert_eq!(select(b"\x02h2", b""), Selection::NoOverlap(None));
        assert_eq!(select(b"\x02h2", b"\0\x02h2"), Selection::NoOverlap(None));
    }

    #[test]
    fn damaged_ends_are_ignored() {
        assert_eq!(select(b"\x02h2\x09http", b"\x02h2\x09http"), Selection::Negotiated(b"h2"));
        assert_eq!(select(b"\0\x02h2", b"\x02h2"), Selection::Negotiated(b"h2"));
    }
}
