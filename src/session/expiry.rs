//! When a session expires.

/// The end of a session's life, ordered from the earliest to the latest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Expiry {
    // First, as the order is that of the fields: a session whose end lies
    // beyond the range of time_t comes after all others.
    overflow: bool,
    at: i64,
}

impl Expiry {
    /// The end of a session made at `time` that lives for `timeout` seconds.
    ///
    /// As in OpenSSL, a session with a negative time never expires: the room
    /// between `time` and the last second is computed unsigned.
    pub fn new(time: i64, timeout: i64) -> Self {
        let room = (i64::MAX as u64).wrapping_sub(time as u64) as i64;
        if timeout > room {
            Self { overflow: true, at: timeout.wrapping_sub(room) }
        } else {
            Self { overflow: false, at: time.wrapping_add(timeout) }
        }
    }

    /// The end of a session that lives until `time`.
    pub fn at(time: i64) -> Self {
        Self { overflow: false, at: time }
    }

    /// A number of 65 bits with the same order.
    pub fn rank(self) -> u128 {
        u128::from(self.overflow) << 64 | u128::from(self.at as u64 ^ 1 << 63)
    }

    /// Whether it has passed at the time `now`.
    pub fn is_past(self, now: i64) -> bool {
        !self.overflow && now > self.at
    }
}

#[cfg(test)]
mod tests {
    use super::Expiry;

    #[test]
    fn ranks_have_the_same_order() {
        let all = [(i64::MIN, 0), (-5, 0), (0, 0), (1, 0), (1000, 10), (i64::MAX - 1, 1), (1000, i64::MAX)];
        let ends = all.map(|(time, timeout)| Expiry::new(time, timeout));
        for a in ends {
            for b in ends {
                assert_eq!(a.cmp(&b), a.rank().cmp(&b.rank()));
            }
        }
    }

    #[test]
    fn the_last_second_still_counts() {
        let expiry = Expiry::new(1000, 10);
        assert!(!expiry.is_past(1010));
        assert!(expiry.is_past(1011));
    }

    #[test]
    fn beyond_the_range_of_time_is_never_and_last() {
        let never = Expiry::new(1000, i64::MAX);
        assert!(!never.is_past(i64::MAX));
        assert!(never > Expiry::new(i64::MAX - 1, 1));
        assert!(never < Expiry::new(1001, i64::MAX));
        assert!(!Expiry::new(-5, 304).is_past(i64::MAX));
    }
}
