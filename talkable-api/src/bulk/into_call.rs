//! The return types of the functions that create bulk calls.

use std::future::ready;

use crate::call::{Call, CallFuture};
use crate::error::Error;

/// A call, or the error of a row that can't be converted to a call. Implemented for [`Call`] and `Result<Call, Error>`.
pub trait IntoCall: sealed::Sealed {
    /// The value of the call.
    type Value: Send + 'static;

    #[doc(hidden)]
    fn into_pending(self) -> CallFuture<Self::Value>;
}

impl<R: Send + 'static> IntoCall for Call<R> {
    type Value = R;

    fn into_pending(self) -> CallFuture<R> {
        self.send()
    }
}

impl<R: Send + 'static> IntoCall for Result<Call<R>, Error> {
    type Value = R;

    fn into_pending(self) -> CallFuture<R> {
        self.map_or_else(|error| CallFuture(Box::pin(ready(Err(error)))), Call::send)
    }
}

mod sealed {
    use super::{Call, Error};

    pub trait Sealed {}

    impl<R> Sealed for Call<R> {}
    impl<R> Sealed for Result<Call<R>, Error> {}
}
