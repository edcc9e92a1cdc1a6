//! Reads the path parameters of an operation.

use crate::Result;
use crate::model::api::{PathArgument, Type};
use crate::model::name_types::{TypeNames, joined};
use crate::model::names;
use crate::model::normalize::Parameter;
use crate::openapi::example;
use crate::openapi::node::Node;
use crate::openapi::parameters::placeholders;
use crate::openapi::schema::SchemaKind;

pub(crate) fn path_arguments<'a>(
    types: &mut TypeNames<'a>,
    operation: &Node<'a>,
    id: &str,
    path: &str,
    parameters: &[Parameter<'a>],
    names: &mut names::Names,
) -> Result<Vec<PathArgument>> {
    let mut arguments = Vec::new();
    for placeholder in placeholders(path).map_err(|message| operation.error(message))? {
        let (mut ty, mut doc, mut example) = (Type::Text, None, None);
        if let Some(Parameter { node: parameter, .. }) = parameters.iter().find(|it| it.name == placeholder) {
            doc = parameter.text_of("description")?.map(str::to_owned);
            example = example::of_parameter(parameter).cloned();
            // A parameter with `content` instead of a schema is passed as a string.
            if let Some(schema) = parameter.get("schema") {
                let schema = types.resolved(&schema)?;
                match *types.kind(&schema)? {
                    SchemaKind::Scalar("integer") => ty = Type::Integer,
                    SchemaKind::Enum(_) => {
                        let property = types.property(&schema, &joined(&names::type_name(id), &placeholder))?;
                        ty = property.schema.component().map_or(ty, |name| Type::Named(name.to_owned()));
                    }
                    _ => {}
                }
                doc = doc.or(schema.text_of("description")?.map(str::to_owned));
            }
        } else {
            let warning = operation.warning(format!("the path parameter `{placeholder}` is not declared"));
            types
                .warn(warning.note("the argument is a string").help("declare it with `in: path` and `required: true`"));
        }
        arguments.push(PathArgument { name: names.give(&names::snake(&placeholder)), ty, doc, example });
    }
    Ok(arguments)
}
