//! A separate throttle for each site.

use std::time::Duration;

use fake_server::{Server, with_headers};
use talkable_api::{ApiErrorKind, Error, Verdict};

use crate::{Connect as _, assert_discreet, create, find, found, good};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_429_throttles_only_its_own_site() {
    let server = Server::script([with_headers(429, "Retry-After: 600\r\n", "<html>"), good()]);
    let client = server.client();
    let other = client.for_site("other");

    let error = create(&client).deadline(SOON).await.unwrap_err();
    assert_eq!(error.verdict(), Verdict::RetryAfter(Duration::from_secs(600)));
    assert_discreet(&error);
    let Error::Throttled(error) = error else { panic!("{error:?}") };
    assert_eq!((error.retry_in(), error.info().attempts()), (Duration::from_secs(600), 1));
    let last = error.last().unwrap();
    assert_eq!((last.kind(), last.body()), (ApiErrorKind::TooManyRequests, &b"<html>"[..]));

    // Later calls to the throttled site fail without a request, even if they are made with another client.
    for client in [client.clone(), other.for_site("my-store")] {
        let error = find(&client).deadline(SOON).await.unwrap_err();
        let Error::Throttled(error) = error else { panic!("{error:?}") };
        assert!(error.info().attempts() == 0 && error.last().is_none(), "{error:?}");
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(find(&other).deadline(SOON).await.unwrap(), found());
    assert_eq!(server.requests().len(), 2);
}
