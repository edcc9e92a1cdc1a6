//! Enqueuing in transactions, compared with the insertion of rows.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::database::Database;
use crate::{drain, is_selected, rate, report_rate};

static NEXT: AtomicU32 = AtomicU32::new(0);

pub(crate) async fn measure<D: Database>(database: &D, batch: u32) {
    let name = format!("{}: enqueue, {batch} per transaction", D::NAME);
    if !is_selected(&name) {
        return;
    }
    let outbox = rate(batch, async || {
        let first = NEXT.fetch_add(batch, Ordering::Relaxed);
        database.enqueue(&(first..first + batch).map(drain::update).collect::<Vec<_>>()).await;
    });
    let outbox = outbox.await;
    report_rate(&name, outbox, rate(batch, async || database.insert(batch).await).await);
    database.run("DELETE FROM talkable_outbox; DELETE FROM plain").await;
}
