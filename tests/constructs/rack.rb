# Reads the requests in wire.json with Rack, and compares the parameters with the expected ones.

require "json"
require "rack"

# Converts the parameters to JSON values. An uploaded file becomes an object with its content.
def plain(value)
  case value
  when Hash
    return value.transform_values { |inner| plain(inner) } unless value.key?(:tempfile)
    content = value[:tempfile].read.force_encoding("UTF-8")
    {"filename" => value[:filename], "type" => value[:type], "content" => content}
  when Array then value.map { |inner| plain(inner) }
  else value
  end
end

def params(row)
  type, body = row.fetch("content_type", ""), row.fetch("body", "")
  options = {method: "POST", input: body}
  options["CONTENT_TYPE"] = type unless type.empty?
  request = Rack::Request.new(Rack::MockRequest.env_for("/?#{row["query"]}", options))
  # Rack does not read JSON; Rails reads it with a JSON parser.
  sent = type.match?(/json\b/) ? JSON.parse(body) : request.POST
  plain(request.GET.merge(sent))
end

rows = JSON.parse(File.read(File.join(__dir__, "wire.json")))
failed = rows.reject do |row|
  found = params(row)
  puts "#{row["name"]}:\n  expected #{row["params"]}\n  found    #{found}" if found != row["params"]
  found == row["params"]
end
puts "Rack #{Rack.release} read #{rows.size} requests"
exit failed.empty?
