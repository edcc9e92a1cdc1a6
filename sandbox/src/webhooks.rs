//! The worker that runs due jobs and sends webhooks.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::behavior::deliveries;
use crate::settings::WebhookTarget;
use crate::shared::Shared;
use crate::state::Delivery;

mod sender;

use sender::Senders;

const MAX_IN_FLIGHT: usize = 8;

/// The interval between checks for due jobs, unless the clock is frozen.
const TICK: Duration = Duration::from_millis(250);

/// Runs due jobs and sends deliveries until the task is aborted. Aborting the task also cancels the deliveries in
/// flight.
pub(crate) async fn run(shared: Arc<Shared>) {
    let (mut senders, mut in_flight) = (Senders::default(), JoinSet::new());
    let mut clock = shared.clock.watch();
    loop {
        shared.run_due();
        while in_flight.try_join_next().is_some() {}
        // A delivery stays in the outbox, where it can be canceled, until there is capacity to send it.
        while in_flight.len() < MAX_IN_FLIGHT
            && let Some((slug, target, delivery)) = next(&shared)
        {
            let (shared, sender) = (Arc::clone(&shared), senders.for_target(&target));
            in_flight.spawn(async move {
                let result = match sender {
                    Ok(sender) => sender.send(&slug, &target, &delivery).await,
                    Err(error) => Err(error),
                };
                shared.with_site(&slug, |site| deliveries::settle(site, &delivery, result));
            });
        }
        tokio::select! {
            () = shared.wake_delivery.notified() => {}
            Some(_) = in_flight.join_next() => {}
            _ = clock.changed() => {}
            () = tokio::time::sleep(TICK), if !shared.clock.is_frozen() => {}
        }
    }
}

fn next(shared: &Shared) -> Option<(String, WebhookTarget, Delivery)> {
    let mut sites = shared.sites();
    sites.iter_mut().find_map(|(slug, site)| {
        let (target, delivery) = deliveries::take_due(site)?;
        Some((slug.clone(), target, delivery))
    })
}
