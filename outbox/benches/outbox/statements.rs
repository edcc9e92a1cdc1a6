//! The measurements, which are the same for both databases. They are a macro, because the types of sqlx differ.

/// Measures the outbox on a pool. `$begin` begins a transaction that writes, and `$workers` lists the numbers of workers.
macro_rules! measure {
    ($database:literal, $pool:ident, $outbox:ident, $begin:expr, $workers:expr) => {{
        let create = "CREATE TABLE plain (id BIGINT PRIMARY KEY, payload TEXT, state TEXT)";
        sqlx::raw_sql(create).execute(&$pool).await.unwrap();
        let (mut number, mut id) = (0, 0_i64);
        for batch in [1, 100] {
            let ours = crate::rate(batch, async || {
                let entries: Vec<_> = (number..number + batch).map(crate::update).collect();
                number += batch;
                let mut transaction = $begin.await.unwrap();
                $outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
                transaction.commit().await.unwrap();
            });
            let ours = ours.await;
            let plain = crate::rate(batch, async || {
                let mut transaction = $begin.await.unwrap();
                for _ in 0..batch {
                    id += 1;
                    let insert = sqlx::query("INSERT INTO plain VALUES ($1, $2, 'ready')").bind(id);
                    let insert = insert.bind("x".repeat(180));
                    insert.execute(&mut *transaction).await.unwrap();
                }
                transaction.commit().await.unwrap();
            });
            crate::report(&format!("{}: enqueue, {batch} per transaction", $database), ours, plain.await);
        }

        let mut updated = 0_i64;
        let plain = crate::rate(1, async || {
            updated += 1;
            let update = sqlx::query("UPDATE plain SET state = 'done' WHERE id = $1").bind(updated);
            update.execute(&$pool).await.unwrap();
        });
        let plain = plain.await;
        sqlx::raw_sql("DELETE FROM talkable_outbox").execute(&$pool).await.unwrap();
        for (name, entry) in [("idempotent", crate::update as fn(u32) -> _), ("with the mark", crate::refund)] {
            for workers in $workers {
                const ENTRIES: u32 = 4000;
                let entries: Vec<_> = (0..ENTRIES).map(entry).collect();
                let mut transaction = $begin.await.unwrap();
                $outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
                transaction.commit().await.unwrap();
                let ours = crate::drain(&$outbox, ENTRIES, workers).await;
                crate::report(&format!("{}: {name}, {workers} workers", $database), ours, plain);
            }
        }
    }};
}

pub(crate) use measure;
