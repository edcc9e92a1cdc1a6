//! Records OpenTelemetry metrics about attempts and calls.
//!
//! ```sh
//! cargo run -p talkable-api --example opentelemetry
//! ```
//!
//! The program prints the metrics. A service uses an exporter such as the one in the crate `opentelemetry-otlp` instead. The client
//! reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL.

use std::error::Error as StdError;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::data::ScopeMetrics;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use talkable_api::ClientBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
    let client = record_metrics(ClientBuilder::from_env(), &provider.meter("talkable")).attempts(10).build()?;

    let campaigns = client.campaigns().list().await?.campaigns;
    println!("{} campaigns", campaigns.len());
    client.people().find("jane@example.com").optional().await?;

    provider.force_flush()?;
    for resource in exporter.get_finished_metrics()? {
        for metric in resource.scope_metrics().flat_map(ScopeMetrics::metrics) {
            println!("{} {:?}", metric.name(), metric.data());
        }
    }
    Ok(provider.shutdown()?)
}

/// Records the duration of each attempt and of each call, with the attributes of OpenTelemetry's semantic conventions. The
/// attributes contain no personal data.
fn record_metrics(builder: ClientBuilder, meter: &Meter) -> ClientBuilder {
    let attempts = meter.f64_histogram("http.client.request.duration").with_unit("s").build();
    let calls = meter.f64_histogram("talkable.call.duration").with_unit("s").build();
    let builder = builder.on_attempt(move |attempt| {
        let mut attributes = vec![
            KeyValue::new("http.request.method", attempt.info.method().as_str()),
            KeyValue::new("url.template", attempt.info.template()),
            KeyValue::new("server.address", attempt.server_address.to_owned()),
        ];
        if let Ok(status) = attempt.result {
            attributes.push(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        }
        attributes.extend(attempt.error_type().map(|name| KeyValue::new("error.type", name.to_owned())));
        attempts.record(attempt.duration.as_secs_f64(), &attributes);
    });
    builder.on_call(move |outcome| {
        let mut attributes = vec![
            KeyValue::new("talkable.operation", outcome.info.operation()),
            KeyValue::new("talkable.attempts", i64::from(outcome.info.attempts())),
        ];
        attributes.extend(outcome.error_type().map(|name| KeyValue::new("error.type", name.to_owned())));
        calls.record(outcome.duration.as_secs_f64(), &attributes);
    })
}
