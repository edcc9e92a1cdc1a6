//! The measurements on PostgreSQL.

use sqlx::postgres::PgPoolOptions;
use talkable_outbox::{Outbox, sqlx};

use crate::server::Server;
use crate::statements::measure;

pub(crate) async fn measure() {
    let server = Server::start();
    server.ready().await;
    let pool = PgPoolOptions::new().max_connections(40).connect(&server.url).await.unwrap();
    let outbox = Outbox::postgres(pool.clone());
    outbox.migrate().await.unwrap();
    measure!("PostgreSQL", pool, outbox, pool.begin(), [1, 4]);
}
