//! The source of rows: an iterator or a stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

/// A source of rows. The iterator or stream is dropped when it ends.
pub(super) struct Source<'a, T> {
    input: Input<'a, T>,
    /// The number of rows left to skip.
    pub(super) skip: u64,
    /// The initial number of rows, if the size hint was exact.
    pub(super) total: Option<u64>,
}

enum Input<'a, T> {
    Iterator(Box<dyn Iterator<Item = T> + Send + 'a>),
    Stream(Pin<Box<dyn Stream<Item = T> + Send + 'a>>),
    Ended,
}

impl<'a, T> Source<'a, T> {
    pub(super) fn from_iterator(rows: impl Iterator<Item = T> + Send + 'a) -> Self {
        let total = exact(rows.size_hint());
        Self { input: Input::Iterator(Box::new(rows)), skip: 0, total }
    }

    pub(super) fn from_stream(rows: impl Stream<Item = T> + Send + 'a) -> Self {
        let total = exact(rows.size_hint());
        Self { input: Input::Stream(Box::pin(rows)), skip: 0, total }
    }

    /// Returns the next row, or `None` after the last row.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            let row = match &mut self.input {
                Input::Iterator(rows) => match usize::try_from(std::mem::take(&mut self.skip)) {
                    // `nth` takes constant time for ranges and slices.
                    Ok(skip) => rows.nth(skip),
                    Err(_) => None,
                },
                Input::Stream(rows) => ready!(rows.as_mut().poll_next(context)),
                Input::Ended => None,
            };
            if row.is_none() {
                self.input = Input::Ended;
            } else if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            return Poll::Ready(row);
        }
    }
}

fn exact((least, most): (usize, Option<usize>)) -> Option<u64> {
    (most == Some(least)).then(|| u64::try_from(least).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::task::Waker;

    use super::*;

    struct Numbers(VecDeque<u32>);

    impl Stream for Numbers {
        type Item = u32;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
            Poll::Ready(self.0.pop_front())
        }
    }

    fn check(source: Source<'_, u32>, skip: u64, expected: &[u32]) {
        let (mut source, mut rows) = (Source { skip, ..source }, Vec::new());
        let mut next = || match source.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(row) => row,
            Poll::Pending => panic!("the source is pending"),
        };
        while let Some(row) = next() {
            rows.push(row);
        }
        assert_eq!(rows, expected);
        assert_eq!(next(), None);
    }

    #[test]
    fn skips_the_first_rows() {
        for (skip, expected) in [(0, &[1, 2, 3][..]), (1, &[2, 3]), (2, &[3]), (3, &[]), (9, &[]), (u64::MAX, &[])] {
            check(Source::from_iterator([1, 2, 3].into_iter()), skip, expected);
            check(Source::from_stream(Numbers([1, 2, 3].into())), skip, expected);
        }
    }

    #[test]
    fn has_a_total_only_if_the_size_hint_is_exact() {
        assert_eq!(Source::from_iterator(0..7).total, Some(7));
        assert_eq!(Source::from_iterator((0..7).filter(|_| true)).total, None);
        assert_eq!(Source::from_stream(Numbers(VecDeque::new())).total, None);
    }
}
