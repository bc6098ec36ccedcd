import PipServices

/// A GeoJSON point: longitude first, then latitude.
struct GeoPoint: Codable, Hashable, Sendable {
    var type = "Point"
    var coordinates: [Double]

    init(_ coordinates: [Double]) { self.coordinates = coordinates }
}

extension GeoPoint {
    /// The center of several points; nil if there are none.
    static func middle(of points: [GeoPoint]) -> GeoPoint? {
        let points = points.map(\.coordinates).filter { $0.count >= 2 }
        guard !points.isEmpty else { return nil }
        return GeoPoint((0...1).map { axis in points.map { $0[axis] }.reduce(0, +) / Double(points.count) })
    }
}
