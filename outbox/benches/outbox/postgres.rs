//! The measurements on PostgreSQL.

use sqlx::postgres::PgPoolOptions;
use talkable_outbox::{Outbox, sqlx};

use crate::server::Server;
use crate::{drain, rate, refund, report, update};

pub(crate) async fn measure() {
    let server = Server::start();
    server.ready().await;
    let pool = PgPoolOptions::new().max_connections(40).connect(&server.url).await.unwrap();
    let outbox = Outbox::postgres(pool.clone());
    outbox.migrate().await.unwrap();
    let create = "CREATE TABLE plain (id BIGINT PRIMARY KEY, payload TEXT, state TEXT)";
    sqlx::raw_sql(create).execute(&pool).await.unwrap();

    let (mut number, mut id) = (0, 0_i64);
    for batch in [1, 100] {
        let ours = rate(batch, async || {
            let entries: Vec<_> = (number..number + batch).map(update).collect();
            number += batch;
            let mut transaction = pool.begin().await.unwrap();
            outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
            transaction.commit().await.unwrap();
        });
        let ours = ours.await;
        let plain = rate(batch, async || {
            let mut transaction = pool.begin().await.unwrap();
            for _ in 0..batch {
                id += 1;
                let insert = sqlx::query("INSERT INTO plain VALUES ($1, $2, 'ready')").bind(id);
                let insert = insert.bind("x".repeat(180));
                insert.execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
        });
        report(&format!("PostgreSQL: enqueue, {batch} per transaction"), ours, plain.await);
    }

    let mut updated = 0_i64;
    let plain = rate(1, async || {
        updated += 1;
        let update = sqlx::query("UPDATE plain SET state = 'done' WHERE id = $1").bind(updated);
        update.execute(&pool).await.unwrap();
    });
    let plain = plain.await;
    sqlx::raw_sql("DELETE FROM talkable_outbox").execute(&pool).await.unwrap();
    for (name, entry) in [("idempotent", update as fn(u32) -> _), ("with the mark", refund)] {
        for workers in [1, 4] {
            const ENTRIES: u32 = 4000;
            let entries: Vec<_> = (0..ENTRIES).map(entry).collect();
            let mut transaction = pool.begin().await.unwrap();
            outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
            transaction.commit().await.unwrap();
            let ours = drain(&outbox, ENTRIES, workers).await;
            report(&format!("PostgreSQL: {name}, {workers} workers"), ours, plain);
        }
    }
}
