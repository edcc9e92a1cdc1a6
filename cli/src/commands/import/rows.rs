//! The calls of an import: one for each row, or one for each batch.

use std::sync::Arc;
use std::time::Duration;

use csv::StringRecord;
use serde_json::{Map, Value};
use talkable_api::bulk::Bulk;
use talkable_api::{Call, Client, Error, InvalidError};

use super::drive::{drive, reason};
use super::job::{Ended, Import};
use super::meter::Meter;
use super::{rows_of, unreadable};
use crate::failure::{Exit, Failure, Result};
use crate::import::failures::Failures;
use crate::import::file::Hash;
use crate::operation::{Body, Kind, Operation};
use crate::request::Prepared;
use crate::session::Session;

/// The rate limit can delay a call for longer than the default deadline.
const DEADLINE: Duration = Duration::from_hours(1);

/// The maximum number of batches in flight.
const BATCHES: usize = 4;

/// Sends the rows that no earlier run has sent.
pub(super) async fn send(
    import: &mut Import,
    client: &Client,
    failures: &mut Failures,
    meter: &Meter,
    session: &mut Session<'_>,
) -> Result<Ended> {
    let mut failure = None;
    let records = read(import)?.map_while(|record| record.map_err(|error| failure = Some(error)).ok());
    let bulk = Bulk::new(records).start_at(import.state.next);
    let (columns, checked) = (import.columns.clone(), import.columns.clone());
    let ended = match import.batch {
        None => {
            let call = |record: &StringRecord| -> std::result::Result<Call<Value>, Error> {
                let request = columns.request(record).map_err(|reason| InvalidError::new("row", reason))?;
                Ok(request.call_without_files(client)?.deadline(DEADLINE))
            };
            let failed = |record: &StringRecord, error: Option<&Error>| {
                error.map(|error| (record.clone(), reason(error))).into_iter().collect()
            };
            let mut rows = bulk.concurrency(import.concurrency).one_by_one(call);
            drive(&mut rows, import, std::slice::from_ref, &failed, failures, meter, session).await?
        }
        Some((operation, size)) => {
            let list = list_of(operation)?;
            let call = |records: Vec<StringRecord>| -> std::result::Result<Call<Value>, Error> {
                // The batch omits invalid rows, which are reported with its outcome.
                let valid: Vec<_> = records.iter().filter_map(|record| columns.object(record).ok()).collect();
                if valid.is_empty() {
                    return Err(InvalidError::new("rows", "no row of the batch is valid").into());
                }
                let body = Map::from_iter([(list.to_owned(), Value::Array(valid))]);
                let request = Prepared { body: Some(Value::Object(body)), ..Prepared::empty(operation) };
                Ok(request.call_without_files(client)?.deadline(DEADLINE))
            };
            let failed = move |records: &Vec<StringRecord>, error: Option<&Error>| {
                let reason = |record| checked.object(record).err().or_else(|| error.map(reason));
                records.iter().filter_map(|record| Some((record.clone(), reason(record)?))).collect()
            };
            let mut rows = bulk.concurrency(BATCHES.min(import.concurrency)).in_chunks(size, call);
            drive(&mut rows, import, |records| records, &failed, failures, meter, session).await?
        }
    };
    Ok(failure.map_or(ended, |failure| Ended::Stopped(Failure { exit: Exit::Partial, ..failure })))
}

/// Returns the rows, and saves that they may be sent as soon as they are read, if they must not be sent again.
fn read(import: &Import) -> Result<impl Iterator<Item = Result<StringRecord>> + use<>> {
    let started = (!import.is_idempotent).then(|| Arc::clone(&import.started));
    let (path, first, mut index, mut hash) = (import.file.clone(), import.state.next, 0, Hash::default());
    hash.add(&import.headers);
    Ok(rows_of(&import.file)?.map(move |record| {
        let record = record.map_err(|error| unreadable(&path, &error))?;
        index += 1;
        if let Some(started) = &started {
            hash.add(&record);
            if index > first {
                started.set(index, &hash)?;
            }
        }
        Ok(record)
    }))
}

/// Returns the field of a batch that contains the rows.
fn list_of(operation: &'static Operation) -> Result<&'static str> {
    let list = match &operation.body {
        Body::Fields { object, in_data: false, .. } => {
            object.fields.iter().find(|field| matches!(field.kind, Kind::List(Kind::Object(_))))
        }
        _ => None,
    };
    list.map(|field| field.name).ok_or_else(|| Failure::usage(format!("{} has no list of rows", operation.id)))
}
