"""Drawing: style, Leaflet assets and the Folium web map."""
