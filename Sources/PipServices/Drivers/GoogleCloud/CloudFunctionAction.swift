/// An action of a Google Cloud function, called by its `cmd` (the toolkit's `CloudFunctionAction`).
public typealias CloudFunctionAction = HTTPFunctionAction
