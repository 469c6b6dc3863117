// Draws the kelurahan once and repaints them on every change. All text goes in as textContent:
// nothing from the data is ever read as markup.
(() => {
  "use strict";

  const CITY_LINE = { color: "#4a4a4a", weight: 0.8, fillOpacity: 1 };
  const DIMMED = { fillOpacity: 0.15, weight: 0.5 };
  const CHOSEN = { color: "#0b3d91", weight: 3 };
  const CONTEXT = { color: "#b8b8b0", weight: 0.6, fillColor: "#efeee8", fillOpacity: 1 };
  const LABELS_FROM_ZOOM = 14;

  let map = null;
  let city = null;
  let state = null;
  let moved = false;

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const tooltip = (title, rows, note) => {
    const box = element("div", "", "tip");
    box.append(element("strong", title));
    const table = document.createElement("table");
    for (const [label, value] of rows) {
      const row = table.insertRow();
      row.append(element("th", label), element("td", value));
    }
    if (rows.length) box.append(table);
    if (note) box.append(element("em", note));
    return box;
  };

  const label = (layer, name, className) => {
    const centre = layer.getBounds().getCenter();
    return L.tooltip({ permanent: true, direction: "center", className, interactive: false })
      .setLatLng(centre)
      .setContent(element("span", name));
  };

  // What streamlit-folium returns to Python on a click: the code, not ten kilobytes of geometry.
  // The time makes a second click on the same area a new event.
  const answerWithCode = (layer, kode) => {
    layer.toGeoJSON = () => ({ kode, at: Date.now() });
    layer.on("click", () => {
      window.__GLOBAL_DATA__.last_active_drawing = layer.toGeoJSON();
    });
  };

  const paint = () => {
    if (!city || !state) return;
    city.eachLayer((area) => {
      const { kode } = area.feature.properties;
      area.setStyle({
        ...CITY_LINE,
        fillColor: state.colours[kode],
        ...(state.dimmed.includes(kode) ? DIMMED : {}),
        ...(kode === state.chosen ? CHOSEN : {}),
      });
      if (kode === state.chosen) area.bringToFront();
      area.getElement()?.setAttribute("data-kode", kode);
    });
    document.body.dataset.drawn = String(city.getLayers().length);
    document.body.dataset.shown = state.shown;
  };

  // Grey with strokes: told from every class, in colour, in grey and on paper.
  const addHatching = (svg) => {
    const make = (tag, attributes, parent) => {
      const made = document.createElementNS(svg.namespaceURI, tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      return parent.appendChild(made);
    };
    const size = { width: 6, height: 6 };
    const pattern = make(
      "pattern",
      { id: "missing", patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)", ...size },
      make("defs", {}, svg),
    );
    make("rect", { fill: "#e4e4e4", ...size }, pattern);
    make("rect", { fill: "#8f8f8f", width: 1.5, height: 6 }, pattern);
  };

  const drawContext = (geometry, note) =>
    L.geoJSON(geometry, {
      style: () => ({ ...CONTEXT, className: "context" }),
      onEachFeature: (feature, layer) => {
        const { kelurahan, kecamatan, kabupaten } = feature.properties;
        const where = [kecamatan, kabupaten].filter(Boolean).join(", ");
        layer.bindTooltip(() => tooltip(kelurahan, where ? [[where, ""]] : [], note), {
          sticky: true,
        });
      },
    }).addTo(map);

  const drawCity = (geometry) => {
    city = L.geoJSON(geometry, {
      style: () => ({ ...CITY_LINE, fillColor: "#ffffff", className: "kelurahan" }),
      onEachFeature: (feature, layer) => {
        const { kode, kelurahan } = feature.properties;
        layer.bindTooltip(() => tooltip(kelurahan, state?.tips[kode] ?? [], state?.note), {
          sticky: true,
        });
        answerWithCode(layer, kode);
      },
    }).addTo(map);
    addHatching(map.getPane("overlayPane").querySelector("svg"));
    paint();
  };

  const drawLabels = (layers, className) => {
    const names = L.layerGroup();
    layers.eachLayer((layer) =>
      label(layer, layer.feature.properties.kelurahan, className).addTo(names),
    );
    const update = () =>
      map.getZoom() >= LABELS_FROM_ZOOM ? names.addTo(map) : names.removeFrom(map);
    map.on("zoomend", update);
    update();
  };

  const fit = (bounds) => {
    const refit = () => {
      map.invalidateSize({ animate: false });
      if (!moved) map.fitBounds(bounds, { animate: false });
    };
    map.getContainer().addEventListener("pointerdown", () => (moved = true));
    map.getContainer().addEventListener("wheel", () => (moved = true));
    new ResizeObserver(refit).observe(map.getContainer());
    refit();
  };

  const read = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} ${url}`);
    return answer.json();
  };

  const start = async (target, options) => {
    map = target;
    map.attributionControl.setPrefix("Leaflet");
    map.attributionControl.addAttribution(element("span", options.attribution).innerHTML);
    L.control.scale({ imperial: false }).addTo(map);
    fit(options.bounds);
    const context = options.context && read(options.context);
    drawCity(await read(options.city));
    drawLabels(city, "name");
    if (!context) return;
    drawLabels(drawContext(await context, options.outside).bringToBack(), "name outside");
  };

  const show = (next) => {
    // streamlit-folium keeps every group it was ever given; the areas themselves are ours.
    window.feature_group = [];
    state = next;
    paint();
  };

  window.kantong = { start, show };
})();
