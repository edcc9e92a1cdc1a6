//! The `Content-Disposition` header of a part of a multipart form.

use percent_encoding::percent_decode;

/// The name of a field, and the name of its file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Disposition {
    pub(super) name: Option<String>,
    pub(super) file_name: Option<String>,
}

impl Disposition {
    /// Parses the value of the header. Parameter names are case-insensitive. Values that are not UTF-8 are read as Latin-1.
    pub(super) fn parse(value: &[u8]) -> Self {
        let mut parsed = Self::default();
        let (mut plain, mut extended) = (None, None);
        for (name, value) in parameters(value) {
            match name.as_str() {
                "name" => parsed.name = Some(text(value)).filter(|name| !name.is_empty()),
                "filename" => plain = Some(text(value)),
                "filename*" => extended = decode_extended(&value),
                _ => {}
            }
        }
        parsed.file_name = extended.or(plain);
        parsed
    }
}

/// Splits the parameters, with names in lower case and values without quotes.
fn parameters(value: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut parameters = Vec::new();
    let mut rest = value.iter().copied().skip_while(|byte| *byte != b';').skip(1).peekable();
    while rest.peek().is_some() {
        let name: Vec<u8> = rest.by_ref().take_while(|byte| *byte != b'=').collect();
        let mut value = Vec::new();
        let is_quoted = rest.next_if_eq(&b'"').is_some();
        while let Some(byte) = rest.next() {
            match byte {
                // Old browsers send whole paths without escaping their backslashes.
                b'\\' if is_quoted => value.push(rest.next_if(|next| matches!(next, b'"' | b'\\')).unwrap_or(byte)),
                b'"' if is_quoted => break,
                b';' if !is_quoted => break,
                _ => value.push(byte),
            }
        }
        if is_quoted {
            rest.by_ref().take_while(|byte| *byte != b';').for_each(drop);
        }
        parameters.push((text(name).trim().to_ascii_lowercase(), value));
    }
    parameters
}

/// Decodes a value such as `UTF-8''na%C3%AFve.txt`.
fn decode_extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode(encoded).collect::<Vec<u8>>();
    if charset.eq_ignore_ascii_case(b"utf-8") { String::from_utf8(bytes).ok() } else { Some(latin1(&bytes)) }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| latin1(error.as_bytes()))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_in_every_form() {
        for (value, name, file_name) in [
            (&b"form-data; name=\"file\"; filename=\"a.png\""[..], Some("file"), Some("a.png")),
            (b"FORM-DATA; NAME=\"file\"; FILENAME=\"a.png\"", Some("file"), Some("a.png")),
            (b"form-data;name=file;filename=a.png", Some("file"), Some("a.png")),
            (b"form-data; name=\"file\"; filename=\"na\xefve.png\"", Some("file"), Some("na\u{ef}ve.png")),
            (b"form-data; name=\"file\"; filename=\"na\xc3\xafve.png\"", Some("file"), Some("na\u{ef}ve.png")),
            (
                b"form-data; name=\"file\"; filename=\"x.png\"; filename*=UTF-8''na%C3%AFve.png",
                Some("file"),
                Some("na\u{ef}ve.png"),
            ),
            (b"form-data; name=\"file\"; filename*=iso-8859-1'en'%A3.png", Some("file"), Some("\u{a3}.png")),
            (br#"form-data; name="a\"b;c"; filename="C:\dir\a.png""#, Some("a\"b;c"), Some(r"C:\dir\a.png")),
            (b"form-data", None, None),
            (b"form-data; name", None, None),
            (b"", None, None),
        ] {
            let expected = Disposition { name: name.map(str::to_owned), file_name: file_name.map(str::to_owned) };
            assert_eq!(Disposition::parse(value), expected, "{:?}", String::from_utf8_lossy(value));
        }
    }
}
