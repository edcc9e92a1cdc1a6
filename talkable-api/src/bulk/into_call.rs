//! The return types of the functions that create bulk calls.

use std::future::ready;

use super::ordered_calls::PendingCall;
use crate::call::Call;
use crate::error::Error;

/// A call, or the error of a row that can't be converted to a call. Implemented for [`Call`] and `Result<Call, Error>`.
pub trait IntoCall: sealed::Sealed {
    /// The value of the call.
    type Value: Send + 'static;

    #[doc(hidden)]
    fn into_pending(self) -> PendingCall<Self::Value>;
}

impl<R: Send + 'static> IntoCall for Call<R> {
    type Value = R;

    fn into_pending(self) -> PendingCall<R> {
        self.send().0
    }
}

impl<R: Send + 'static> IntoCall for Result<Call<R>, Error> {
    type Value = R;

    fn into_pending(self) -> PendingCall<R> {
        self.map_or_else(|error| Box::pin(ready(Err(error))) as PendingCall<R>, Call::into_pending)
    }
}

mod sealed {
    use super::{Call, Error};

    pub trait Sealed {}

    impl<R> Sealed for Call<R> {}
    impl<R> Sealed for Result<Call<R>, Error> {}
}
